import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AlertState, decideAlerts } from '../../../../src/inventory/insight/alerts.ts';
import {
  type AlertStore,
  createSendAlerts,
  keepAlerts,
  readAlerts,
} from '../../../../src/inventory/insight/publish-alerts.ts';
import { encodeInventoryAlert, inventoryAlertSchema } from '../../../../src/inventory/schemas/alert.ts';
import type { Forecast } from '../../../../src/inventory/schemas/forecast.ts';
import { VERSION_CONFLICT } from '../../../../src/platform/version-conflict.ts';
import type { License } from '../../../../src/webex/license.ts';

const growth = { perDay: 1, slowest: 1, fastest: 1 };
const off = { freeUnits: 0, percentUsed: 0, daysLeft: 0 };
const run = (runId: string) => ({ runId, orgId: 'org', readStartedAt: new Date('2026-11-25T05:00:00Z') });
const pool = (consumedUnits: number, totalUnits = 100, more: Partial<License> = {}): License => ({
  id: 'x',
  name: 'Größe 日本',
  subscriptionId: 'Sub1',
  totalUnits,
  consumedUnits,
  ...more,
});
const licenseId = (type: string) =>
  Buffer.from(
    `ciscospark://us/LICENSE/12345678-1234-1234-1234-123456789abc:${type}_12345678-1234-1234-1234-123456789abc`,
  ).toString('base64url');

/** Decides run after run, each time sending all; gives what was sent, by run. */
function follow(limits: typeof off, runs: readonly { licenses: readonly License[]; forecast?: Forecast }[]) {
  let state: AlertState | undefined;
  return runs.map(({ licenses, forecast }, index) => {
    const forecasts = new Map(forecast ? [['x', forecast]] : []);
    const next = decideAlerts(state, limits, { run: run(`run ${index}`), licenses, forecasts });
    state = { ...next, unsent: [] };
    return next.unsent.map(
      ({ type, data }) => `${type.split('.').at(-1)} ${data.threshold} ${data.value} ${data.reason}`,
    );
  });
}
const used = (...units: readonly number[]) =>
  units.map((consumedUnits) => ({ licenses: [pool(consumedUnits)] }));

describe('an alert', () => {
  test('is raised once when the limit is reached, and cleared once when it is left by a margin', () => {
    expect(follow({ ...off, percentUsed: 90 }, used(89, 90, 95, 89, 90, 88, 89, 90))).toEqual([
      [],
      ['raised percent-used 90 crossed'],
      [],
      [],
      [],
      ['cleared percent-used 88 recovered'],
      [],
      ['raised percent-used 90 crossed'],
    ]);
    expect(follow({ ...off, freeUnits: 20 }, used(79, 80, 78, 77))).toEqual([
      [],
      ['raised free-units 20 crossed'],
      [],
      ['cleared free-units 23 recovered'],
    ]);
  });

  test('goes by the days that the forecast gives, and stays where there is no forecast', () => {
    const runsOut = (days: number): Forecast => ({
      kind: 'runs-out',
      growth,
      days,
      earliestDays: days,
    });
    const licenses = [pool(50)];
    const forecasts: readonly (Forecast | undefined)[] = [
      undefined,
      runsOut(30),
      { kind: 'not-enough-history', days: 3 },
      { kind: 'used-up' },
      runsOut(33),
      { kind: 'not-within-a-year', growth },
      { kind: 'used-up' },
      runsOut(29),
      runsOut(34),
    ];
    const runs = forecasts.map((forecast) => ({ licenses, ...(forecast && { forecast }) }));
    expect(follow({ ...off, daysLeft: 30 }, runs)).toEqual([
      [],
      ['raised days-left 30 crossed'],
      [],
      [],
      [],
      ['cleared days-left undefined recovered'],
      [],
      ['raised days-left 29 crossed'],
      ['cleared days-left 34 recovered'],
    ]);
  });

  test('is cleared where the pool is gone, or the threshold is switched off', () => {
    const state = decideAlerts(
      undefined,
      { ...off, percentUsed: 90 },
      { run: run('1'), licenses: [pool(95)], forecasts: new Map() },
    );
    for (const [limits, licenses] of [
      [{ ...off, percentUsed: 90 }, []],
      [off, [pool(95)]],
    ] as const) {
      const next = decideAlerts({ ...state, unsent: [] }, limits, {
        run: run('2'),
        licenses,
        forecasts: new Map(),
      });
      expect(next).toMatchObject({ raised: [], unsent: [{ data: { reason: 'not-watched' } }] });
    }
  });

  test('is never raised for what nobody bought', () => {
    const all = { freeUnits: 5, percentUsed: 1, daysLeft: 365 };
    const licenses = [
      pool(44, 44, { subscriptionId: null }),
      pool(44, 44, { subscriptionId: '' }),
      ...['FMS', 'FTM', 'FTC', 'FSS', 'CE', 'CG', 'HM', 'BCHDO'].map((type) =>
        pool(44, 44, { id: licenseId(type) }),
      ),
      pool(0, 0),
      { id: 'x', name: 'No counts', subscriptionId: 'Sub1', totalUnits: 5, consumedUnits: null },
    ];
    expect(follow(all, [{ licenses, forecast: { kind: 'used-up' } }])).toEqual([[]]);
    expect(follow(all, [{ licenses: [pool(44, 44, { id: licenseId('EE') })] }])).not.toEqual([[]]);
  });

  test('of a pool that is used and has no units is raised, and has no percentage', () => {
    expect(follow({ ...off, percentUsed: 90 }, [{ licenses: [pool(2, 0)] }])).toEqual([
      ['raised percent-used undefined crossed'],
    ]);
  });

  test('is raised and cleared in turn, whatever happens', () => {
    const step = fc.record({ units: fc.integer({ min: 80, max: 100 }), isThere: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const runs = steps.map(({ units, isThere }) => ({ licenses: isThere ? [pool(units)] : [] }));
        const kinds = follow({ ...off, percentUsed: 90 }, runs)
          .flat()
          .map((line) => line.split(' ')[0]);
        expect(kinds).toEqual(kinds.map((_, index) => (index % 2 === 0 ? 'raised' : 'cleared')));
      }),
    );
  });

  test('is a CloudEvent in ASCII', () => {
    const { unsent } = decideAlerts(
      undefined,
      { ...off, percentUsed: 90 },
      { run: run('1'), licenses: [pool(95)], forecasts: new Map() },
    );
    const [event] = unsent;
    if (!event) throw new Error('nothing was raised');
    const text = encodeInventoryAlert(event);
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(inventoryAlertSchema.parse(JSON.parse(text))).toEqual(event);
    expect(event).toMatchObject({
      specversion: '1.0',
      type: 'seatline.inventory.alert.raised',
      subject: 'x',
      data: { license: { name: 'Größe 日本' }, limit: 90, value: 95, totalUnits: 100, consumedUnits: 95 },
    });
  });
});

describe('the publishing of alerts', () => {
  const log = { info: () => undefined, warn: () => undefined };
  const limits = { ...off, percentUsed: 90 };

  /** Every call but those before it fails once, as if the app were killed there. */
  function createStore(dieAt = Number.POSITIVE_INFINITY) {
    let stored: { text: string; version: string } | undefined;
    let calls = 0;
    const sent: string[] = [];
    const call = () => {
      calls += 1;
      if (calls === dieAt) throw new Error('killed');
    };
    const store: AlertStore = {
      read: async () => stored,
      async write(_orgId, text, version) {
        call();
        if (stored?.version !== version) return VERSION_CONFLICT;
        stored = { text, version: `${Number(version ?? 0) + 1}` };
        call();
        return stored.version;
      },
      async send({ id, type }) {
        sent.push(`${type.split('.').at(-1)} ${id}`);
        call();
      },
    };
    return { store, sent };
  }
  async function publish(store: AlertStore, runId: string, units: number) {
    const stored = await readAlerts(store, 'org');
    const next = decide(stored.state, runId, units);
    await keepAlerts(store, 'org', next, stored.version);
    await createSendAlerts(store)('org', log);
  }
  const decide = (state: AlertState | undefined, runId: string, units: number) =>
    decideAlerts(state, limits, { run: run(runId), licenses: [pool(units)], forecasts: new Map() });

  test('loses none and invents none, wherever it is killed', async () => {
    const whole = createStore();
    for (const [index, units] of [95, 95, 50].entries()) await publish(whole.store, `run ${index}`, units);
    expect(whole.sent.map((line) => line.split(' ')[0])).toEqual(['raised', 'cleared']);
    for (let dieAt = 1; dieAt <= 10; dieAt += 1) {
      const { store, sent } = createStore(dieAt);
      for (const [index, units] of [95, 95, 50].entries()) {
        await publish(store, `run ${index}`, units).catch(() => publish(store, `run ${index}`, units));
      }
      expect([...new Set(sent)]).toEqual(whole.sent);
    }
  });

  test('of a run that was killed is finished by the next one, which sees the recovery too', async () => {
    const { store, sent } = createStore(3);
    await expect(publish(store, 'run 0', 95)).rejects.toThrow('killed');
    await publish(store, 'run 1', 50);
    expect([...new Set(sent)].map((line) => line.split(' ')[0])).toEqual(['raised', 'cleared']);
  });

  test('stops where somebody else wrote the state', async () => {
    const { store } = createStore();
    const stored = await readAlerts(store, 'org');
    await publish(store, 'other', 95);
    const next = decide(stored.state, 'mine', 95);
    await expect(keepAlerts(store, 'org', next, stored.version)).rejects.toThrow('by somebody else');
  });
});
