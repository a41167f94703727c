import type { ShownPerson } from './person-answer.ts';

type Decision = ShownPerson['decisions'][number];
type Employee = ShownPerson['employees'][number];
type Fact = Employee['facts'][number];

/** The text of an answer about a person: what they have and why, what is open, what can be done, and what HR said. */
export function toWhyLines(name: string, person: ShownPerson): readonly string[] {
  const { state, employees, decisions, overrides, problems, requests, next, nextChangeAt, readAt } = person;
  if (state === undefined)
    return [`${name}  HR named nobody of this address or id, so that the policy decides nothing`];
  const held = readAt === undefined ? 'not in the people snapshot' : `read at ${toMinutes(readAt)}`;
  return [
    `${name}  ${state}  (${held})`,
    ...problems.map((problem) => `  ! ${problem}`),
    ...toColumns(decisions.filter((one) => !isBeside(one)).map(toDecisionCells)),
    ...toBesideLines(decisions.filter(isBeside)),
    ...(decisions.length === 0 && problems.length === 0
      ? [`  the policy gives nothing${state === 'to-come' ? ' yet' : ''}`]
      : []),
    ...overrides.map(
      ({ operation, name: license, requestId, at, until }) =>
        `  override  ${operation} ${license}, asked by ${requestId} at ${toMinutes(at)}${until ? `, until ${toMinutes(until)}` : ''}`,
    ),
    ...requests.map(toRequestLine),
    ...(nextChangeAt ? [`  next change by itself at ${toMinutes(nextChangeAt)}`] : []),
    next.length === 0 ? 'nothing to do' : 'what to do',
    ...next.map((step) => `  ${step}`),
    ...employees.flatMap(toEmployeeLines),
  ];
}

/** Licenses that no rule or request concerns: they share one line. */
const isBeside = ({ action, isDesired, granted, why }: Decision): boolean =>
  action === 'none' && !isDesired && granted === undefined && BESIDE.has(why);
const BESIDE: ReadonlySet<string> = new Set(['by hand', 'not managed']);

const toBesideLines = (decisions: readonly Decision[]): readonly string[] =>
  [...new Set(decisions.map(({ why }) => why))].map(
    (why) =>
      `  also holds, ${why}: ${decisions
        .filter((one) => one.why === why)
        .map(({ name }) => name)
        .join(', ')}`,
  );

/** What is with a license, in a word. */
function toStatus({ action, isDesired, granted, isHeld }: Decision): string {
  if (action === 'add') return 'to be added';
  if (action === 'remove') return 'to be removed';
  if (action === 'keep') return 'kept';
  if (!isDesired) return isHeld === false ? 'not held' : 'left alone';
  if (granted === undefined) return 'withheld';
  return isHeld === false ? 'given, not held' : 'has it';
}

const toDecisionCells = (decision: Decision): readonly string[] => [
  decision.name,
  toStatus(decision),
  decision.why,
];

function toColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
}

function toRequestLine({
  requestId,
  state,
  channel,
  changes,
  waiting,
  effectiveAt,
  seats = [],
}: ShownPerson['requests'][number]): string {
  const what = changes.map(({ operation, name }) => `${operation === 'add' ? '+' : '-'} ${name}`).join(', ');
  const places = seats.flatMap(({ name, place }) =>
    place === undefined ? [`behind the first 100 for ${name}`] : [`number ${place} in line for ${name}`],
  );
  const why = waiting
    ? ` (${waiting.for}${waiting.cause ? ` under ${waiting.cause}` : ''}${places.length > 0 ? `: ${places.join(', ')}` : ''})`
    : '';
  const when = state === 'scheduled' && effectiveAt ? ` for ${effectiveAt}` : '';
  return `  request   ${requestId}  ${channel === 'hr' ? 'by the policy' : 'direct'}  ${state}${when}${why}: ${what}`;
}

function toEmployeeLines({
  source,
  employeeId,
  state,
  employments,
  attributes,
  isDeletedInHr,
  facts,
}: Employee): readonly string[] {
  const told = Object.entries(attributes).map(
    ([attribute, value]) => `${attribute} ${Array.isArray(value) ? value.join('|') : value || '(none)'}`,
  );
  return [
    `employee ${source}/${employeeId}  ${state}${isDeletedInHr ? ', deleted in HR' : ''}`,
    ...employments.map(
      ({ from, until, timeZone }) =>
        `  employed  ${from ? `from ${toLocal(from, timeZone)}` : 'since before HR told'}${until ? ` until ${toLocal(until, timeZone)}` : ''}  ${timeZone}`,
    ),
    ...(told.length > 0 ? [`  as        ${told.join(', ')}`] : []),
    ...facts.map(toFactLine),
  ];
}

const toFactLine = ({ eventId, kind, saidAt, effective, outcome }: Fact): string =>
  `  ${toMinutes(saidAt)}  ${kind}${effective ? ` for ${effective}` : ''}  ${eventId}: ${outcome}`;

/** `2026-12-01T08:00Z` */
const toMinutes = (at: string) => at.replace(/:\d\d(\.\d+)?Z$/, 'Z');

/** The local time at which something begins or ends; a day where that is midnight. */
function toLocal(at: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone, dateStyle: 'short', timeStyle: 'short' },
  }).format(new Date(at));
  return parts.replace(/ 00:00$/, '');
}
