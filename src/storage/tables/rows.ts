import type { TransactionAction } from '@azure/data-tables';
import * as z from 'zod';
import type { Columns, Layout } from './row-layout.ts';

export type Location = Readonly<Record<'partitionKey' | 'rowKey', string>>;

export type Stored<T> = T & { readonly version: string };

export interface Added<T> {
  readonly added: boolean;
  readonly record: Stored<T>;
}

/** How a record lies in a table. */
export interface Shape<T> {
  readonly table: string;
  /** What failures of storage are said to be during, such as `ledger`. */
  readonly name: string;
  readonly locate: (record: T) => Location;
  readonly layout: Layout<T>;
  readonly marks?: Index<T>;
}

/**
 * What records are found by, in the order of its text, such as `due.2026-11-24T12:00:00.000Z`. Each is a row of its own
 * beside the record, and written with it.
 */
interface Index<T> {
  /** @param before those that the record has had: one that does as well is not exchanged */
  of(record: T, before: readonly string[]): readonly string[];
  /** The names, such as `due`, that `of` gives. Marks of other names are of a newer version, and stay. */
  readonly names: readonly string[];
}

/** The marks that a record has once it is written. */
function toIndexKeys<T>({ marks }: Shape<T>, record: T, before: readonly string[]): readonly string[] {
  if (marks === undefined) return before;
  const isOwn = (mark: string) => marks.names.some((name) => mark.startsWith(`${name}.`));
  return [...marks.of(record, before), ...before.filter((mark) => !isOwn(mark))];
}

/** Sorts after all records. */
const MARK = '~';
const toIndexRow = ({ partitionKey, rowKey }: Location, mark: string): Location => ({
  partitionKey,
  rowKey: `${MARK}${mark}${MARK}${rowKey}`,
});

/** The columns of a row that this version does not know: they go with the record, and are written with it. */
const NEWER_COLUMNS = Symbol('columns of a newer version');
interface WithNewer {
  readonly [NEWER_COLUMNS]?: Columns;
}

/** What storage itself says of a row. */
const isOfStorage = (column: string) =>
  ['partitionKey', 'rowKey', 'timestamp', 'etag', MARKS].includes(column) || column.startsWith('odata.');
const MARKS = 'marks';

function toNewer<T>({ layout }: Shape<T>, row: object): WithNewer {
  const newer = Object.entries(row).filter(([name]) => !isOfStorage(name) && !layout.isOwn(name));
  return newer.length === 0 ? {} : { [NEWER_COLUMNS]: Object.fromEntries(newer) };
}

function toRow<T>(shape: Shape<T>, record: T, location: Location, marks: readonly string[]) {
  const { version: _version, ...plain } = { version: undefined, ...record };
  return {
    ...(record as WithNewer)[NEWER_COLUMNS],
    ...shape.layout.toColumns(plain as T),
    ...((shape.marks || marks.length > 0) && { [MARKS]: JSON.stringify(marks) }),
    ...location,
  };
}

export function toCreate<T>(shape: Shape<T>, record: T): TransactionAction[] {
  const location = shape.locate(record);
  const marks = toIndexKeys(shape, record, []);
  return [
    ['create', toRow(shape, record, location, marks)],
    ...marks.map((mark): TransactionAction => ['create', toIndexRow(location, mark)]),
  ];
}

/** What is read with a record, and needed to write it again: its ETag and its marks. */
const indexKeysSchema = z.array(z.string());
const partsSchema = z.tuple([z.string(), indexKeysSchema]);
const versionSchema = z.string().transform((text) => partsSchema.parse(JSON.parse(text)));
const toVersion = (etag: string, marks: readonly string[]) => JSON.stringify([etag, marks]);

export function toReplace<T>(shape: Shape<T>, record: Stored<T>): TransactionAction[] {
  const [etag, before] = versionSchema.parse(record.version);
  const after = toIndexKeys(shape, record, before);
  const location = shape.locate(record);
  const gone = before.filter((mark) => !after.includes(mark));
  const added = after.filter((mark) => !before.includes(mark));
  return [
    ['update', toRow(shape, record, location, after), 'Replace', { etag }],
    ...gone.map((mark): TransactionAction => ['delete', toIndexRow(location, mark)]),
    ...added.map((mark): TransactionAction => ['create', toIndexRow(location, mark)]),
  ];
}

/** Fenced by its marks: whoever writes the record meanwhile changes them. */
export function toRemove<T>(shape: Shape<T>, record: Stored<T>): TransactionAction[] {
  const location = shape.locate(record);
  const [, marks] = versionSchema.parse(record.version);
  const rows = [location, ...marks.map((mark) => toIndexRow(location, mark))];
  return rows.map((row): TransactionAction => ['delete', row]);
}

export const toEtag = <T>({ version }: Stored<T>): string => versionSchema.parse(version)[0];

/** When storage wrote the record, by its own clock: see `toTimeOfEtag`. */
export const toWrittenAt = <T>(record: Stored<T>): Date | undefined => toTimeOfEtag(toEtag(record));

/**
 * When storage wrote a row, by its own clock: Azure Tables and Azurite make the ETag of it, as in
 * `W/"datetime'2026-11-24T12%3A00%3A00.1234567Z'"`. Undefined for an ETag of another shape.
 */
export function toTimeOfEtag(etag: string): Date | undefined {
  const [, text = ''] = /^W\/"datetime'([0-9TZ.:%A-]+)'"$/.exec(etag) ?? [];
  const at = new Date(text.replaceAll('%3A', ':'));
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** Whether a record that was read has this mark now: what it was found by may be gone by then. */
export const hasIndexKey = <T>({ version }: Stored<T>, mark: string): boolean =>
  versionSchema.parse(version)[1].includes(mark);

/** Whether a record has a mark of this name, whatever it says. */
export const hasIndexKeyOf = <T>({ version }: Stored<T>, name: string): boolean =>
  versionSchema.parse(version)[1].some((mark) => mark.startsWith(`${name}.`));

/** A record as it is once written. */
export function toStored<T extends object>(shape: Shape<T>, record: T | Stored<T>, etag = ''): Stored<T> {
  const before = 'version' in record ? versionSchema.parse(record.version)[1] : [];
  return { ...record, version: toVersion(etag, toIndexKeys(shape, record, before)) };
}

const rowSchema = z.looseObject({
  etag: z.string(),
  marks: z
    .string()
    .default('[]')
    .transform((text) => indexKeysSchema.parse(JSON.parse(text))),
});

/**
 * A record as it was read.
 * @throws where the row is not one that `toRow` made
 */
export function fromRow<T>(shape: Shape<T>, row: object): Stored<T> {
  const { etag, marks } = rowSchema.parse(row);
  const record = shape.layout.fromRow(row as Columns);
  return { ...record, ...toNewer(shape, row), version: toVersion(etag, marks) };
}

/** A filter for the rows of a mark, in the order of what follows it, without `before`, and after the row `after`. */
export function toIndexFilter(mark: string, before: string, after?: string): string {
  const from = after === undefined ? `ge ${toText(`${MARK}${mark}.`)}` : `gt ${toText(after)}`;
  return `RowKey ${from} and RowKey lt ${toText(`${MARK}${mark}.${before}`)}`;
}

/** A text in a filter. */
export const toText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Which record a mark's row is of, and what the mark says. */
export function fromIndexRow({ partitionKey, rowKey }: Location): { mark: string; location: Location } {
  const [, mark = '', ...rest] = rowKey.split(MARK);
  return { mark, location: { partitionKey, rowKey: rest.join(MARK) } };
}
