import { emailSchema } from '../../platform/email.ts';
import { findNearest } from '../../platform/nearest.ts';
import { foldWords } from '../../platform/words.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import { isPersonalCalling, type License } from '../../webex/license.ts';
import type { Column, Role } from './columns.ts';
import { type Table, type TableRow, toText } from './table.ts';

/** How a request names a license. */
export type Reference = string | { readonly name: string; readonly siteUrl?: string };

/** What a row says of one license. */
export interface Wish {
  readonly reference: Reference;
  readonly operation: 'add' | 'remove';
  /** The name, for messages. */
  readonly name: string;
  readonly column: Column;
  /** In a column `add` or `remove`: it is asked for by name, and is no TRUE or FALSE of everybody. */
  readonly isListed: boolean;
  /** It needs a location with an extension, or a number. */
  readonly isCalling: boolean;
}

/** A cell, or a whole row, that cannot be sent. */
export interface Mistake {
  readonly text: string;
  readonly heading?: string;
}

/** A person of the file. */
export interface PersonRow extends TableRow {
  readonly email: string;
  readonly wishes: readonly Wish[];
  readonly mistakes: readonly Mistake[];
}

/** The cell of a role; empty where there is no such column. */
export const toCell = (columns: readonly Column[], { cells }: TableRow, role: Role): string => {
  const column = columns.find(({ meaning }) => meaning.kind === 'role' && meaning.role === role);
  return column === undefined ? '' : toText(cells[column.index] ?? '');
};

/** What each row asks for. A row with a mistake has it, and the others stand. */
export function readRows(
  { rows }: Pick<Table, 'rows'>,
  columns: readonly Column[],
  licenses: readonly License[],
): readonly PersonRow[] {
  const said = new Map<string, number>();
  return rows.map((row): PersonRow => {
    const written = toCell(columns, row, 'email');
    const email = emailSchema.safeParse(written.includes('?') ? '' : written);
    const read = columns.map((column) => readCell(column, toText(row.cells[column.index] ?? ''), licenses));
    const wishes = read.flatMap(({ wishes: some = [] }) => some);
    const mistakes = [...toShapeMistakes(row, columns), ...read.flatMap(({ mistake }) => mistake ?? [])];
    if (!email.success)
      return { ...row, email: '', wishes: [], mistakes: [toEmailMistake(columns, written), ...mistakes] };
    for (const { reference, name, column } of wishes) {
      const key = `${email.data} ${toKey(reference, licenses)}`;
      const line = said.get(key);
      said.set(key, line ?? row.line);
      if (line === undefined) continue;
      const where = line === row.line ? 'twice' : `again: line ${line} names it for the same person`;
      mistakes.push({ heading: column.heading, text: `${name} is named ${where}` });
    }
    return { ...row, email: email.data, wishes, mistakes };
  });
}

/** The same for each spelling of a license. */
function toKey(reference: Reference, licenses: readonly License[]): string {
  const ids = findCandidates(reference, licenses).map(({ id }) => id);
  return ids.length > 0 ? ids.sort().join(' ') : foldWords(JSON.stringify(reference));
}

const toEmailMistake = (columns: readonly Column[], written: string): Mistake => ({
  heading: columns.find(({ meaning }) => meaning.kind === 'role' && meaning.role === 'email')?.heading ?? '',
  text: written.includes('?') ? LOST_LETTER : 'must be an e-mail address',
});

const LOST_LETTER =
  'has "?" in the place of a letter: PowerShell 5.1 pipes ASCII alone; name the file instead of "-", or set $OutputEncoding = [Text.Encoding]::UTF8 before';

function toShapeMistakes({ cells }: TableRow, columns: readonly Column[]): readonly Mistake[] {
  const extra = cells.findIndex((cell, index) => cell !== '' && (columns[index]?.heading ?? '') === '');
  if (extra < 0) return [];
  return [
    { text: `cell ${extra + 1} has no heading: is there a delimiter too many, or a missing quotation mark?` },
  ];
}

interface Cell {
  readonly wishes?: readonly Wish[];
  readonly mistake?: Mistake;
}

function readCell(column: Column, cell: string, licenses: readonly License[]): Cell {
  const { heading, meaning } = column;
  if (cell === '') return {};
  if (meaning.kind === 'role' && (meaning.role === 'add' || meaning.role === 'remove'))
    return { wishes: toNames(cell).map((name) => toListed(name, meaning.role as 'add', column, licenses)) };
  if (meaning.kind !== 'license') return {};
  const said = foldWords(cell);
  if (said === 'true' || said === 'false')
    return { wishes: [toWish(meaning.licenses, said === 'true' ? 'add' : 'remove', column)] };
  const nearest = findNearest(said, ['TRUE', 'FALSE']);
  const meant = nearest === undefined ? 'leave it empty to leave it alone' : `did you mean ${nearest}?`;
  return { mistake: { heading, text: `"${cell}" is neither TRUE nor FALSE: ${meant}` } };
}

/** Names have commas: "Call on Webex (1:1 call, non-PSTN)". */
const toNames = (cell: string): readonly string[] => [
  ...new Set(
    cell
      .split(/[;|\r\n]/)
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
];

function toListed(
  name: string,
  operation: 'add' | 'remove',
  column: Column,
  licenses: readonly License[],
): Wish {
  const isCalling = findCandidates(name, licenses).some(isPersonalCalling);
  return { reference: name, operation, name, column, isListed: true, isCalling };
}

function toWish(licenses: readonly License[], operation: 'add' | 'remove', column: Column): Wish {
  const [license, ...others] = licenses;
  const { id = '', name = '', siteUrl } = license ?? {};
  const isOneSite = Boolean(siteUrl) && others.every((other) => other.siteUrl === siteUrl);
  const named = { name, ...(isOneSite && siteUrl && { siteUrl }) };
  return {
    ...{ reference: others.length === 0 ? id : named, operation, name, column, isListed: false },
    isCalling: licenses.some(isPersonalCalling),
  };
}

/** `line 5, Location`; a spreadsheet counts rows, which differ where a cell has several lines. */
export const toPlace = ({ line, row }: TableRow, heading?: string): string =>
  [`line ${line}${row === line ? '' : ` (row ${row})`}`, heading].filter(Boolean).join(', ');
