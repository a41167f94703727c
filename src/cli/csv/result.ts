import { stringify } from 'csv-stringify/sync';
import { findCandidates } from '../../webex/catalogue.ts';
import type { License } from '../../webex/license.ts';
import { isFinal, type ShownRequest, toPlacedText, toStep } from '../request-text.ts';
import { isOwn } from './columns.ts';
import type { FilePlan, PlannedRow } from './plan.ts';
import { toPlace } from './rows.ts';
import type { Table } from './table.ts';

/** Behind the columns of the file; ids last. */
export const RESULT_HEADINGS = [
  'Seatline State',
  'Seatline Reason',
  'Seatline What to do',
  'Seatline Person ID',
  'Seatline Request ID',
];

interface ResultOf {
  readonly table: Table;
  readonly plan: FilePlan;
  /** The requests of the batch, by id. */
  readonly requests: ReadonlyMap<string, ShownRequest>;
  readonly licenses: readonly License[];
  readonly delimiter: string;
}

/**
 * The file with state, reason and what to do in each row, for a spreadsheet: with a byte order mark, and no cell that it
 * would compute.
 */
export function toResultFile({ table, plan, requests, licenses, delimiter }: ResultOf): string {
  const kept = table.headings.map((heading) => !isOwn(heading));
  const toKept = (cells: readonly string[]) =>
    // Rows may be cut short.
    kept.flatMap((isKept, index) => (isKept ? [cells[index] ?? ''] : []));
  const rows = plan.rows.map((planned) => [
    ...toKept(planned.row.cells),
    ...toRowResult(planned, plan, requests.get(planned.requestId), licenses),
  ]);
  return stringify([[...toKept(table.headings), ...RESULT_HEADINGS], ...rows], {
    bom: true,
    delimiter,
    record_delimiter: 'windows',
    escape_formulas: true,
  });
}

function toRowResult(
  planned: PlannedRow,
  { batch, readAt }: FilePlan,
  request: ShownRequest | undefined,
  licenses: readonly License[],
): readonly string[] {
  const { kind, mistakes, items, row, requestId } = planned;
  if (request !== undefined)
    return [
      request.state,
      toReason(request, licenses),
      toAdvice(request),
      request.personId ?? '',
      request.requestId,
    ];
  if (kind === 'mistake') {
    const text = mistakes.map(({ heading, text: why }) => `${toPlace(row, heading)}: ${why}`).join('; ');
    return ['mistake', text, `correct it, and submit the file again with --batch ${batch}`, '', ''];
  }
  if (kind === 'send') return ['not sent', '', 'submit the file again', '', requestId];
  const reason =
    items.length === 0
      ? 'the row asks for nothing'
      : `it was so already when the people were read, ${readAt}`;
  return ['unchanged', reason, '', '', ''];
}

type Item = NonNullable<ShownRequest['results']>[number];

const toName = (
  { license, siteUrl = '', licenses: meant = [] }: Item,
  licenses: readonly License[],
): string => {
  if (meant.length > 0) return meant.map(toPlacedText).join(', ');
  if (license === undefined) return siteUrl;
  const named = typeof license === 'string' ? license : license.name;
  return findCandidates(license, licenses)[0]?.name ?? named;
};

function toReason({ results = [], failure, waiting }: ShownRequest, licenses: readonly License[]): string {
  const items = results.map((item) => {
    const isSo = item.changed === false ? ', as it was' : '';
    const why = item.condition === undefined ? '' : ` (${item.condition})`;
    const done = item.operation === 'add' ? 'added' : 'removed';
    const open = item.result === 'wanted' ? `to be ${done}` : item.result;
    const result = item.result === 'failed' ? `not ${done}` : open;
    const place = item.locationName === undefined ? '' : ` at ${item.locationName}`;
    return `${toName(item, licenses)}${place}: ${result}${isSo}${why}`;
  });
  const whole = waiting
    ? [`waits: ${waiting.condition ?? waiting.for}, until ${waiting.until}`]
    : failure && !results.some(({ condition }) => condition)
      ? [`${failure.condition}: ${failure.detail}`]
      : [];
  return [...items, ...whole].join('; ');
}

/** What a person has to do for it; empty where nothing. */
function toAdvice(request: ShownRequest): string {
  const { requestId, state, failure, results = [], redriveMayHelp } = request;
  const step = toStep(request);
  if (step !== undefined) return step;
  if (!isFinal(request)) return 'nothing: it goes on by itself';
  if (state !== 'failed' && state !== 'partial') return '';
  const details = [
    ...new Set(results.flatMap(({ result, detail }) => (result === 'failed' && detail) || [])),
  ];
  const said = details.length > 0 ? details : [failure?.detail ?? ''];
  const again = redriveMayHelp ? [`Then: seatline redrive ${requestId}`] : [];
  return [...said, ...again].filter(Boolean).join(' ');
}
