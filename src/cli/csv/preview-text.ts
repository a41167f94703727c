import { findCandidates } from '../../webex/catalogue.ts';
import { type License, toFreeUnits } from '../../webex/license.ts';
import { createTable, toTerminalWidth } from '../table.ts';
import { count, cut, toLicenseText, wrap } from '../words.ts';
import { type ShownColumn, toColumnLines } from './column-text.ts';
import type { FilePlan, PlannedItem, PlannedRow } from './plan.ts';
import { toPlace } from './rows.ts';

const SHOWN = 20;

/** What is said of a file before anything is sent. */
export interface Shown {
  readonly name: string;
  readonly columns: readonly ShownColumn[];
  readonly plan: FilePlan;
  /** The columns of the terminal; without one, nothing is cut or wrapped. */
  readonly width?: number;
}

/** The preview of a file: its columns, who gains and loses what, the seats, what waits, and the mistakes. */
export function toPreviewLines({
  name,
  columns,
  plan,
  width = toTerminalWidth() ?? Number.POSITIVE_INFINITY,
}: Shown): readonly string[] {
  const people = new Set(plan.rows.map(({ row }) => row.email).filter(Boolean)).size;
  const changing = plan.rows.filter(({ kind }) => kind === 'send');
  return [
    `${name}: ${count(plan.rows.length, 'row')}, ${count(people, 'person', 'people')}`,
    plan.readAt === undefined
      ? 'Who holds what is not known: no inventory run has read the people yet.'
      : `Who holds what is as of ${toMinutes(plan.readAt)}, when the people were read.`,
    ...section('Columns', toColumnLines(columns, width)),
    ...section('Who gains (+) and loses (-)', toPeopleLines(changing, columns[0]?.licenses ?? [], width)),
    ...section('Seats', toSeatLines(changing, columns, width)),
    ...section('Removals', toRemovalLines(plan)),
    ...section('Not in the people snapshot', toUnknownLines(changing, width)),
    ...section('Mistakes', toMistakeLines(plan.rows, columns, width)),
  ];
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

const toMinutes = (at: string) => at.replace(/:\d\d(?:\.\d+)?Z$/, 'Z');

function toPeopleLines(
  rows: readonly PlannedRow[],
  licenses: readonly License[],
  width: number,
): readonly string[] {
  const shown = rows.slice(0, SHOWN).flatMap(({ row, items, line }) => {
    const changes = items.filter(({ isSent }) => isSent).map((item) => toChange(item, line, licenses));
    const head = `${toPlace(row)}  ${row.email}`;
    const [first = '', ...others] = changes;
    const isShort = others.length === 0 && head.length + first.length + 4 <= width;
    return isShort ? [`${head}  ${first}`] : [head, ...changes.map((change) => `    ${change}`)];
  });
  const more = rows.length - SHOWN;
  return more > 0 ? [...shown, `and ${count(more, 'more row')}; the result file has all of them`] : shown;
}

function toChange({ wish, forecast }: PlannedItem, line: string, licenses: readonly License[]): string {
  const { outcome, condition, name: named = wish.name } = forecast;
  // Which of several of the name it is; a removal may take each of them.
  const isOneOfSeveral = wish.operation === 'add' && findCandidates({ name: named }, licenses).length > 1;
  const name = isOneOfSeveral ? toLicenseText({ ...forecast, name: named }) : named;
  const waits = outcome === 'wait' ? ` (waits: ${condition ?? 'for its turn'})` : '';
  const already = outcome === 'unchanged' ? ' (as it is already)' : '';
  if (wish.operation === 'remove') return `- ${name}${waits}${already}`;
  const at = wish.isCalling && already === '' && line !== '' ? `, ${line}` : '';
  return `+ ${name}${at}${waits}${already}`;
}

const SEAT_COLUMNS = [
  { heading: 'LICENSE', shortenAs: 1 },
  ...['GAIN', 'LOSE', 'FREE', 'SHORT'].map((heading) => ({ heading, isNumber: true }) as const),
];

/** Seats that the file takes and gives back, of the licenses that can run out. */
function toSeatLines(
  rows: readonly PlannedRow[],
  columns: readonly ShownColumn[],
  width: number,
): readonly string[] {
  const counts = new Map<string, { gain: number; lose: number }>();
  for (const { wish, forecast, isSent } of rows.flatMap(({ items }) => items)) {
    const { licenseId, outcome } = forecast;
    if (!isSent || licenseId === undefined || outcome === 'unchanged') continue;
    const { gain, lose } = counts.get(licenseId) ?? { gain: 0, lose: 0 };
    const isAdd = wish.operation === 'add';
    counts.set(licenseId, { gain: gain + (isAdd ? 1 : 0), lose: lose + (isAdd ? 0 : 1) });
  }
  const lines = [...counts].flatMap(([licenseId, { gain, lose }]) => {
    const license = columns[0]?.licenses.find(({ id }) => id === licenseId);
    const free = license && toFreeUnits(license);
    if (license === undefined || free === undefined) return [];
    const beyond = gain - free;
    const numbers = [gain, lose, free, Math.max(0, beyond)].map(String);
    return [[toLicenseText(license), ...numbers]];
  });
  // Sections are indented.
  return lines.length === 0 ? [] : createTable(SEAT_COLUMNS, width - 2)(lines);
}

function toRemovalLines({ removals, rows }: FilePlan): readonly string[] {
  const losing = rows.filter(
    ({ kind, items }) =>
      kind === 'send' && items.some(({ isSent, wish }) => isSent && wish.operation === 'remove'),
  );
  if (losing.length === 0 || removals === undefined) return [];
  const { people, canGoNow, needApproval, approve } = removals;
  const now = `${count(people, 'person loses', 'people lose')} something: about ${canGoNow} can go now`;
  if (needApproval === 0) return [`${now}.`];
  return [`${now}, ${needApproval} will wait for approval:`, ...approve.map((command) => `  ${command}`)];
}

function toUnknownLines(rows: readonly PlannedRow[], width: number): readonly string[] {
  const unknown = rows.filter(({ isKnown }) => isKnown === false);
  if (unknown.length === 0) return [];
  const names = unknown.slice(0, 5).map(({ row }) => row.email);
  const more = unknown.length > names.length ? ', …' : '';
  return [
    `${count(unknown.length, 'person', 'people')}: ${cut(names.join(', '), width - 20)}${more}`,
    'A request waits until its person appears at Webex. Are the addresses right?',
  ];
}

/** The mistakes of rows, and of columns. */
function toMistakeLines(
  rows: readonly PlannedRow[],
  columns: readonly ShownColumn[],
  width: number,
): readonly string[] {
  const ofColumns = columns.flatMap(({ column, mistake }) =>
    mistake === undefined
      ? []
      : [`column ${cut(column.heading, width - 12)}`, ...wrap(mistake, width - 6).map((line) => `  ${line}`)],
  );
  const bad = rows.filter(({ mistakes }) => mistakes.length > 0);
  const shown = bad
    .slice(0, SHOWN)
    .flatMap(({ row, mistakes }) =>
      mistakes.flatMap(({ heading, text }) => [
        cut(toPlace(row, heading), width - 2),
        ...wrap(text, width - 6).map((line) => `  ${line}`),
      ]),
    );
  const more = bad.length - SHOWN;
  return [...ofColumns, ...shown, ...(more > 0 ? [`and ${count(more, 'more row')} with mistakes`] : [])];
}
