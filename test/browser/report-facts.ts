import { forecast } from '../../src/inventory/insight/forecast.ts';
import { type DayReading, toDay } from '../../src/inventory/insight/history.ts';
import type { ReportFacts } from '../../src/inventory/insight/report/facts.ts';
import { toDiff } from '../../src/inventory/publish/diff.ts';
import type { License } from '../../src/webex/license.ts';

export const run = {
  runId: 'ab12cd34',
  orgId: '3f1c9a52-5d0e-4b7e-9a43-0c8f1f2e7d11',
  readStartedAt: new Date('2026-11-25T05:00:00Z'),
  readEndedAt: new Date('2026-11-25T05:04:00Z'),
};
const today = toDay(run.readStartedAt);

/** The facts of a report on these licenses. @param days of history; use at its beginning is `from` of today's */
export function toFacts(
  licenses: readonly License[],
  {
    days = 90,
    from = () => 0.7,
    more = {},
  }: { days?: number; from?: (index: number) => number; more?: Partial<ReportFacts> } = {},
): ReportFacts {
  const history = new Map(
    licenses.map((license, index) => [license.id, toReadings(license, days, from(index), index)]),
  );
  const forecasts = new Map(
    licenses.map((license) => [
      license.id,
      forecast(history.get(license.id) ?? [], (license.totalUnits ?? 0) - (license.consumedUnits ?? 0)),
    ]),
  );
  return {
    run,
    licenses,
    history,
    forecasts,
    diff: toDiff(run, licenses, undefined),
    raised: [],
    requests: { waiting: [], byState: new Map(), isCutOff: false },
    warnings: [],
    ...more,
  };
}

/** From a share of today's use to today's use, by fits and starts that are the same each time. */
function toReadings(
  { totalUnits, consumedUnits }: License,
  days: number,
  from: number,
  seed: number,
): DayReading[] {
  const use = consumedUnits ?? 0;
  return Array.from({ length: days }, (_, index) => {
    const done = days === 1 ? 1 : index / (days - 1);
    const wave = Math.sin(index * 0.9 + seed * 2) * Math.cos(index * 0.23 + seed) * 0.02 * use * (1 - done);
    return {
      day: today - days + 1 + index,
      totalUnits: totalUnits ?? undefined,
      consumedUnits: Math.round(use * (from + (1 - from) * done) + wave),
    };
  });
}

const pool = (
  name: string,
  consumedUnits: number,
  totalUnits: number,
  more: Partial<License> = {},
): License => ({
  id: `${name} ${more.subscriptionId ?? 'Sub100448'}`,
  name,
  subscriptionId: 'Sub100448',
  totalUnits,
  consumedUnits,
  ...more,
});

/** A report as an organization of some hundred people may have it. */
export function toUsualFacts(): ReportFacts {
  const licenses = [
    pool('Webex Calling - Professional', 231, 250),
    pool('Webex Calling - Professional', 42, 40, { subscriptionId: 'Sub217703' }),
    pool('Webex Calling - Standard', 64, 120),
    pool('Webex Calling - Workspaces', 41, 60),
    pool('Webex Attendant Console', 4, 10),
    pool('Customer Assist', 12, 25),
    pool('Webex Meetings Suite', 226, 300, { siteUrl: 'acme.webex.com' }),
    pool('Webex Webinars 1000', 5, 5, { siteUrl: 'acme.webex.com' }),
    pool('Webex Suite', 8, 30, { subscriptionId: 'Sub217703' }),
    pool('Advanced Messaging', 348, 400),
    { id: 'free-1', name: 'Basic Messaging', totalUnits: 44, consumedUnits: 44 },
    { id: 'free-2', name: 'Call on Webex (1:1 call, non-PSTN)', totalUnits: 44, consumedUnits: 44 },
    { id: 'hybrid', name: 'Hybrid - Exchange Calendar', totalUnits: 1, consumedUnits: 0 },
  ];
  const [first, second, , , , assist, meetings] = licenses;
  const growth = [0.62, 0.8, 1.02, 1, 1, 0.9, 0.96, 1, 0.5, 0.7];
  const before = licenses
    .filter(({ name }) => name !== 'Webex Suite')
    .map((license) => ({
      ...license,
      ...(license === first && { consumedUnits: 228 }),
      ...(license === second && { consumedUnits: 39 }),
      ...(license === meetings && { totalUnits: 280, consumedUnits: 227 }),
      ...(license === assist && { name: 'Customer Experience - Essential' }),
    }));
  const previous = {
    runId: 'ff00ee11',
    readStartedAt: new Date('2026-11-24T05:00:00Z'),
    licenses: [...before, pool('Messenger', 3, 20)],
  };
  const people = new Map([[first?.id ?? '', { gained: 4, lost: 1 }]]);
  const raisedAt = '2026-11-21T05:00:00.000Z';
  const subject = { id: second?.id ?? '', name: second?.name ?? '', subscriptionId: 'Sub217703' };
  const since = (hour: number) => new Date(`2026-11-24T${hour}:12:00Z`);
  return toFacts(licenses, {
    from: (index) => growth[index] ?? 1,
    more: {
      diff: toDiff(run, licenses, previous, people),
      raised: [
        { license: subject, threshold: 'percent-used', limit: 95, raisedAt },
        {
          license: { id: first?.id ?? '', name: first?.name ?? '', subscriptionId: 'Sub100448' },
          threshold: 'days-left',
          limit: 30,
          raisedAt,
        },
      ],
      requests: {
        waiting: [10, 12, 15].map((hour) => ({
          requestId: `hr-47${hour}`,
          licenseIds: [subject.id],
          since: since(hour),
        })),
        byState: new Map([
          ['succeeded', 41],
          ['partial', 2],
          ['failed', 1],
          ['superseded', 3],
          ['waiting', 5],
        ]),
        isCutOff: false,
      },
      warnings: ['row 17 of the catalogue is left out: totalUnits'],
    },
  });
}

/** As many pools as an organization with many sites has. */
export const toManyFacts = (count: number): ReportFacts =>
  toFacts(
    Array.from({ length: count }, (_, index) =>
      pool(`Webex Meetings Suite ${index + 1}`, (index * 37) % 210, 200, {
        siteUrl: `site-${index + 1}.webex.com`,
      }),
    ),
    { from: (index) => 0.4 + (index % 7) / 10 },
  );

/** Names that want more than to be shown. */
export const HOSTILE_NAMES = [
  `<script>document.title='taken'</script>`,
  `"><img src=x onerror="fetch('/taken')">`,
  `'><svg onload=alert(1)>`,
  `</style></title><h1>taken</h1>`,
  `=cmd|' /C calc'!A0`,
  `\u202Egnillac xebew\u202C \u200F\u05E9\u05DC\u05D5\u05DD`,
  'x'.repeat(300),
  `${'long words '.repeat(30)}`,
  '\u0000\u0007&amp;&lt;',
  '   ',
];

export function toHostileFacts(): ReportFacts {
  const licenses = HOSTILE_NAMES.map((name, index) =>
    pool(name, index * 30, 200, { id: `id-${index}`, subscriptionId: name, siteUrl: name }),
  );
  const facts = toFacts(licenses);
  const before = licenses.map((license) => ({
    ...license,
    name: `before ${license.name}`,
    consumedUnits: 1,
  }));
  return {
    ...facts,
    diff: toDiff(run, licenses, { runId: 'x', readStartedAt: run.readStartedAt, licenses: before }),
    raised: licenses.map(({ id, name }) => ({
      license: { id, name, subscriptionId: name },
      threshold: 'days-left',
      limit: 30,
      raisedAt: run.readStartedAt.toISOString(),
    })),
    requests: {
      ...facts.requests,
      waiting: HOSTILE_NAMES.map((requestId) => ({
        requestId,
        licenseIds: ['id-0'],
        since: run.readStartedAt,
      })),
    },
    warnings: HOSTILE_NAMES,
  };
}
