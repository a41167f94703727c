import * as z from 'zod';

const text = z.string().optional();

/** The members of an HR event that the command shows; the API sends more. */
export const hrEventSchema = z.object({
  eventKey: z.string(),
  state: z.string(),
  detail: z.string(),
  outcome: text,
  receivedAt: z.string(),
  updatedAt: z.string(),
  lookAt: text,
  looks: z.number().default(0),
  event: z.object({
    source: z.string(),
    type: z.string(),
    kind: z.string(),
    employeeId: text,
    email: text,
    effective: text,
    timeZone: text,
    occurredAt: text,
    attributes: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
    notes: z.array(z.string()).default([]),
  }),
  requestIds: z.array(z.string()).default([]),
});
export type ShownHrEvent = z.output<typeof hrEventSchema>;

/** Nothing more comes of the event by itself, apart from its requests. */
export const hasEnded = ({ state }: ShownHrEvent): boolean => !['accepted', 'needs-identity'].includes(state);

/** `bamboohr/4711 ada@example.com`, of what HR named. */
export const toWho = ({ event: { source, employeeId, email } }: ShownHrEvent): string =>
  [employeeId === undefined ? source : `${source}/${employeeId}`, email].filter(Boolean).join(' ');

/** What came of it, where that says more than its state. */
export const toOutcome = ({ outcome }: ShownHrEvent): string =>
  outcome && outcome !== 'counts' ? `(${outcome})` : '';

/** One line of `tail`. */
export const toHrEventLine = (shown: ShownHrEvent): string =>
  [
    ...[shown.eventKey, shown.receivedAt, shown.event.kind, toWho(shown), toStateText(shown)],
    toOutcome(shown),
  ]
    .filter(Boolean)
    .join('  ');

const toStateText = ({ state, detail }: ShownHrEvent) => (detail ? `${state}: ${detail}` : state);

/** An event, and what became of it. @param requests the state of each request that it led to */
export function toHrEventLines(shown: ShownHrEvent, requests: ReadonlyMap<string, string>): string[] {
  const { eventKey, receivedAt, updatedAt, lookAt, looks, outcome, event } = shown;
  const told = Object.entries(event.attributes).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join('|') : value || '(none)'}`,
  );
  const zone = event.timeZone ? ` ${event.timeZone}` : '';
  const steps = toSteps(shown, requests);
  return [
    `${eventKey}  ${event.kind}  ${toWho(shown)}`,
    `  ${toStateText(shown)}`,
    `  received   ${receivedAt}, as ${event.type}`,
    ...(event.occurredAt ? [`  said       ${event.occurredAt}`] : []),
    `  effective  ${event.effective ? `${event.effective}${zone}` : 'at once'}`,
    ...(outcome ? [`  outcome    ${outcome}`] : []),
    ...(told.length > 0 ? [`  as         ${told.join(', ')}`] : []),
    ...event.notes.map((note) => `  note       ${note}`),
    `  since      ${updatedAt}${lookAt ? `; checks: ${looks}, the next at ${lookAt}` : ''}`,
    ...[...requests].map(([requestId, state]) => `  request    ${requestId}  ${state}`),
    steps.length === 0 ? 'nothing to do' : 'what to do',
    ...steps.map((step) => `  ${step}`),
  ];
}

const toSubject = ({ event: { source, employeeId, email } }: ShownHrEvent): string =>
  employeeId === undefined ? (email ?? '') : `${source}/${employeeId}`;

/** What an operator can do, as commands where there is one. */
function toSteps(shown: ShownHrEvent, requests: ReadonlyMap<string, string>): readonly string[] {
  const { state, detail, event } = shown;
  const subject = toSubject(shown);
  const why = subject ? [`see what the person has, and why: seatline why ${subject}`] : [];
  switch (state) {
    case 'accepted':
      return detail ? ['wait: it is tried again by itself; seatline doctor shows what is away'] : [];
    case 'needs-identity':
      return [
        `tell the address of ${event.employeeId ?? 'the employee'}: seatline directory import <file> --source ${event.source}`,
        'or have HR send the address, or set "api" of the source; the event then goes on by itself',
      ];
    case 'failed':
      return [`correct it at ${event.source}, and have it send the event again`, ...why];
    case 'ignored':
      return /"kinds" of its source/.test(detail)
        ? [
            'name the type in "kinds" of the source in HR_SOURCES if it means one of them, then have HR send again',
          ]
        : why;
    default:
      return [
        ...[...requests]
          .filter(([, one]) => one !== 'succeeded')
          .map(([requestId]) => `seatline status ${requestId}`),
        ...why,
      ];
  }
}
