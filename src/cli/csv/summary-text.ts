import { count } from '../words.ts';
import type { ShownColumn } from './column-text.ts';
import type { FilePlan, PlannedRow } from './plan.ts';

/** The rows, and the columns, that cannot be sent. */
export const countBad = ({ rows }: FilePlan, columns: readonly ShownColumn[]): number =>
  rows.filter(({ kind }) => kind === 'mistake').length +
  columns.filter(({ mistake }) => mistake !== undefined).length;

/** One line for each kind of row, and the options that would do more. */
export function toSummaryLines(
  { batch, rows }: FilePlan,
  columns: readonly ShownColumn[],
  { skipBad = false, withRemovals = false }: { skipBad?: boolean; withRemovals?: boolean },
): readonly string[] {
  const of = (kind: PlannedRow['kind']) => rows.filter((row) => row.kind === kind).length;
  const bad = of('mistake');
  const kept = columns.reduce((sum, { keep }) => sum + keep, 0);
  const badColumns = columns.filter(({ mistake }) => mistake !== undefined).length;
  return [
    `batch ${batch}`,
    `  ${count(of('send'), 'row')} to send`,
    ...(of('before') > 0
      ? [`  ${count(of('before'), 'row was', 'rows were')} sent in this batch before`]
      : []),
    ...(of('unchanged') > 0 ? [`  ${count(of('unchanged'), 'row')} with nothing to do`] : []),
    ...(bad > 0 ? [`  ${count(bad, 'row')} with mistakes${skipBad ? ', not sent' : ''}`] : []),
    ...(badColumns > 0
      ? [`  ${count(badColumns, 'column')} with mistakes${skipBad ? ', left alone' : ''}`]
      : []),
    ...(kept > 0 && !withRemovals
      ? [`  FALSE takes nothing away: ${kept} licenses are kept (--with-removals takes them)`]
      : []),
  ];
}
