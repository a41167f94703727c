import { isPool, type License, toFreeUnits } from '../../webex/license.ts';
import { count, cut, toLicenseText, wrap } from '../words.ts';
import type { Column } from './columns.ts';
import type { FilePlan, PlannedItem } from './plan.ts';

/** A column with what the rows say in it. */
export interface ShownColumn {
  readonly column: Column;
  readonly trues: number;
  readonly falses: number;
  /** The people who gain, hold it already, lose it, and hold what is not taken. */
  readonly gain: number;
  readonly had: number;
  readonly lose: number;
  readonly keep: number;
  /** Whether the people snapshot tells who holds what. */
  readonly isTold: boolean;
  /** Why its TRUE cannot be sent. */
  readonly mistake: string | undefined;
  /** The catalogue. */
  readonly licenses: readonly License[];
}

/** Counts the cells of each column, and what becomes of them. */
export function countColumns(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  { rows, heldOfFalse, readAt }: FilePlan,
  licenses: readonly License[],
): readonly ShownColumn[] {
  const items = rows.filter(({ kind }) => kind !== 'mistake').flatMap((row) => row.items);
  return columns.map((column): ShownColumn => {
    const said = (word: string) =>
      cells.filter((row) => (row[column.index] ?? '').toLowerCase() === word).length;
    const of = (isSo: (item: PlannedItem) => boolean) =>
      items.filter((item) => item.wish.column === column && isSo(item)).length;
    const trues = said('true');
    const isAdd = ({ wish }: PlannedItem) => wish.operation === 'add';
    const isHad = ({ forecast }: PlannedItem) => forecast.outcome === 'unchanged';
    return {
      ...{ column, trues, falses: said('false'), licenses, mistake: toMistake(column, trues) },
      gain: of((item) => isAdd(item) && !isHad(item)),
      had: of((item) => isAdd(item) && isHad(item)),
      lose: of((item) => !isAdd(item) && item.isSent && !isHad(item)),
      keep: heldOfFalse.get(column) ?? 0,
      isTold: readAt !== undefined,
    };
  });
}

function toMistake({ meaning }: Column, trues: number): string | undefined {
  if (meaning.kind !== 'unknown' || trues === 0) return undefined;
  const meant = meaning.nearest === undefined ? '' : ` Did you mean ${meaning.nearest}?`;
  return `No license of the organization is called so, and it has ${trues} TRUE.${meant}`;
}

const SHOWN_UNMATCHED = 3;

/** For each column of a license what it means and does; the others are counted. */
export function toColumnLines(columns: readonly ShownColumn[], width: number): readonly string[] {
  const lines = columns.flatMap((column) => toLines(column, width));
  const unmatched = columns.filter(
    ({ column, trues, falses }) => column.meaning.kind === 'unknown' && trues === 0 && falses > 0,
  );
  const others = columns.filter(({ column }) => column.meaning.kind === 'other' && column.heading !== '');
  const used = columns.flatMap(({ column: { meaning, heading } }) =>
    meaning.kind === 'role' && meaning.role !== 'add' && meaning.role !== 'remove' ? [heading] : [],
  );
  return [
    ...lines,
    cut(`also read: ${used.join(', ')}`, width - 2),
    ...(unmatched.length > 0
      ? [
          `left alone: ${count(unmatched.length, 'column')} that match no license, and have no TRUE:`,
          ...unmatched.slice(0, SHOWN_UNMATCHED).map(({ column }) => `  ${cut(column.heading, width - 6)}`),
          ...(unmatched.length > SHOWN_UNMATCHED ? ['  …'] : []),
        ]
      : []),
    ...(others.length > 0 ? [`left alone: ${count(others.length, 'column')} of other things`] : []),
  ];
}

function toLines(shown: ShownColumn, width: number): readonly string[] {
  const { column, trues, gain, had, lose } = shown;
  const { heading, meaning } = column;
  const head = cut(heading, width - 2);
  if (meaning.kind === 'suspended')
    return [head, `  suspended: left alone${trues > 0 ? `, also its ${trues} TRUE` : ''}`];
  if (meaning.kind === 'unknown') {
    if (trues === 0) return [];
    return [head, '  matches no license: see the mistakes'];
  }
  if (meaning.kind === 'role') {
    if (meaning.role !== 'add' && meaning.role !== 'remove') return [];
    const changes = meaning.role === 'add' ? `${gain} to add` : `${lose} to remove`;
    return [head, `  names of licenses: ${changes}${had > 0 ? `, ${had} held already` : ''}`];
  }
  if (meaning.kind === 'other') return [];
  return [
    head,
    ...[toMeant(meaning.licenses), toDone(shown)]
      .flatMap((text) => wrap(text, width - 6))
      .map((line) => `  ${line}`),
  ];
}

function toMeant(licenses: readonly License[]): string {
  const [license, ...others] = licenses;
  if (license === undefined) return '';
  if (others.length > 0)
    return `${license.name}: in ${count(licenses.length, 'subscription')}; the one with most free seats`;
  const free = isPool(license) ? `, ${toFreeUnits(license)} free` : '';
  return `${toLicenseText(license)}${free}`;
}

function toDone({ trues, falses, gain, had, lose, keep, isTold }: ShownColumn): string {
  const parts: string[] = [];
  if (trues > 0) {
    const already = had > 0 ? `, ${count(had, 'holds', 'hold')} it already` : '';
    parts.push(`TRUE ${trues}: ${count(gain, 'gains', 'gain')} it${already}`);
  }
  if (falses > 0) {
    const holders = isTold ? 'nobody holds it' : 'left alone';
    const kept = keep > 0 ? `${count(keep, 'holds it, and keeps', 'hold it, and keep')} it` : holders;
    parts.push(`FALSE ${falses}: ${lose > 0 ? `${count(lose, 'loses', 'lose')} it` : kept}`);
  }
  return parts.join('; ') || 'empty';
}
