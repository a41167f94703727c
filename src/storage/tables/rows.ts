import type { TransactionAction } from '@azure/data-tables';
import * as z from 'zod';
import type { IndexRange } from './due-index.ts';
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
  /** Names the operation in failures of storage, such as `requests`. */
  readonly name: string;
  readonly locate: (record: T) => Location;
  readonly layout: Layout<T>;
  readonly index?: Index<T>;
}

/**
 * The index keys of a record, such as `due.2026-11-24T12:00:00.000Z`: queries read them in order. Each key is an
 * index row beside the record, written in the same transaction.
 */
interface Index<T> {
  /** @param current the index keys in storage: the function may return such a key instead of an equivalent new one */
  toKeys(record: T, current: readonly string[]): readonly string[];
  /** The names of the keys, such as `due`. Keys of other names belong to a newer version, and stay. */
  readonly names: readonly string[];
}

/** The index keys of a record after it is written. */
function toIndexKeys<T>({ index }: Shape<T>, record: T, current: readonly string[]): readonly string[] {
  if (index === undefined) return current;
  const isOwn = (key: string) => index.names.some((name) => key.startsWith(`${name}.`));
  return [...index.toKeys(record, current), ...current.filter((key) => !isOwn(key))];
}

/** Index rows sort after all records. */
const SEPARATOR = '~';
const toIndexRow = ({ partitionKey, rowKey }: Location, indexKey: string): Location => ({
  partitionKey,
  rowKey: `${SEPARATOR}${indexKey}${SEPARATOR}${rowKey}`,
});

/** The columns of a row that this version does not know: they stay with the record, and are written with it. */
const NEWER_COLUMNS = Symbol('columns of a newer version');
interface WithNewer {
  readonly [NEWER_COLUMNS]?: Columns;
}

/** The column with the index keys of the record, as JSON. */
const INDEX_COLUMN = 'marks';
const isOfStorage = (column: string) =>
  ['partitionKey', 'rowKey', 'timestamp', 'etag', INDEX_COLUMN].includes(column) ||
  column.startsWith('odata.');

function toNewer<T>({ layout }: Shape<T>, row: object): WithNewer {
  const newer = Object.entries(row).filter(([name]) => !isOfStorage(name) && !layout.isOwn(name));
  return newer.length === 0 ? {} : { [NEWER_COLUMNS]: Object.fromEntries(newer) };
}

function toRow<T>(shape: Shape<T>, record: T, location: Location, indexKeys: readonly string[]) {
  const { version: _version, ...plain } = { version: undefined, ...record };
  return {
    ...(record as WithNewer)[NEWER_COLUMNS],
    ...shape.layout.toColumns(plain as T),
    ...((shape.index || indexKeys.length > 0) && { [INDEX_COLUMN]: JSON.stringify(indexKeys) }),
    ...location,
  };
}

export function toCreate<T>(shape: Shape<T>, record: T): TransactionAction[] {
  const location = shape.locate(record);
  const indexKeys = toIndexKeys(shape, record, []);
  return [
    ['create', toRow(shape, record, location, indexKeys)],
    ...indexKeys.map((key): TransactionAction => ['create', toIndexRow(location, key)]),
  ];
}

/** The version of a record: its ETag and its index keys, which the next write needs. */
const indexKeysSchema = z.array(z.string());
const partsSchema = z.tuple([z.string(), indexKeysSchema]);
const versionSchema = z.string().transform((text) => partsSchema.parse(JSON.parse(text)));
const toVersion = (etag: string, indexKeys: readonly string[]) => JSON.stringify([etag, indexKeys]);

export function toReplace<T>(shape: Shape<T>, record: Stored<T>): TransactionAction[] {
  const [etag, before] = versionSchema.parse(record.version);
  const after = toIndexKeys(shape, record, before);
  const location = shape.locate(record);
  const removed = before.filter((key) => !after.includes(key));
  const added = after.filter((key) => !before.includes(key));
  return [
    ['update', toRow(shape, record, location, after), 'Replace', { etag }],
    ...removed.map((key): TransactionAction => ['delete', toIndexRow(location, key)]),
    ...added.map((key): TransactionAction => ['create', toIndexRow(location, key)]),
  ];
}

/** Fenced by the index rows: each other write of the record changes them. */
export function toRemove<T>(shape: Shape<T>, record: Stored<T>): TransactionAction[] {
  const location = shape.locate(record);
  const [, indexKeys] = versionSchema.parse(record.version);
  const rows = [location, ...indexKeys.map((key) => toIndexRow(location, key))];
  return rows.map((row): TransactionAction => ['delete', row]);
}

export const toEtag = <T>({ version }: Stored<T>): string => versionSchema.parse(version)[0];

/** When storage wrote the record, by the clock of storage: see `toTimeOfEtag`. */
export const toWrittenAt = <T>(record: Stored<T>): Date | undefined => toTimeOfEtag(toEtag(record));

/**
 * When storage wrote a row, by the clock of storage. Azure Tables and Azurite put the time into the ETag, as in
 * `W/"datetime'2026-11-24T12%3A00%3A00.1234567Z'"`. Undefined for an ETag of another form.
 */
export function toTimeOfEtag(etag: string): Date | undefined {
  const [, text = ''] = /^W\/"datetime'([0-9TZ.:%A-]+)'"$/.exec(etag) ?? [];
  const at = new Date(text.replaceAll('%3A', ':'));
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** Whether a record has this index key. A record may have changed since its index row was read. */
export const hasIndexKey = <T>({ version }: Stored<T>, indexKey: string): boolean =>
  versionSchema.parse(version)[1].includes(indexKey);

/** Whether a record has an index key of this name. */
export const hasIndexKeyOf = <T>({ version }: Stored<T>, name: string): boolean =>
  versionSchema.parse(version)[1].some((key) => key.startsWith(`${name}.`));

/** A record after it was written. */
export function toStored<T extends object>(shape: Shape<T>, record: T | Stored<T>, etag = ''): Stored<T> {
  const before = 'version' in record ? versionSchema.parse(record.version)[1] : [];
  return { ...record, version: toVersion(etag, toIndexKeys(shape, record, before)) };
}

const rowSchema = z.looseObject({
  etag: z.string(),
  [INDEX_COLUMN]: z
    .string()
    .default('[]')
    .transform((text) => indexKeysSchema.parse(JSON.parse(text))),
});

/**
 * The record of a row.
 * @throws where the row has another form than `toRow` writes
 */
export function fromRow<T>(shape: Shape<T>, row: object): Stored<T> {
  const { etag, [INDEX_COLUMN]: indexKeys } = rowSchema.parse(row);
  const record = shape.layout.fromRow(row as Columns);
  return { ...record, ...toNewer(shape, row), version: toVersion(etag, indexKeys) };
}

/** A filter for the index rows of a range, after the row key `after`. */
export function toIndexFilter({ name, from = '', before }: IndexRange, after?: string): string {
  const start = after === undefined ? `ge ${toText(`${SEPARATOR}${name}.${from}`)}` : `gt ${toText(after)}`;
  return `RowKey ${start} and RowKey lt ${toText(`${SEPARATOR}${name}.${before}`)}`;
}

/** A string literal of a filter. */
export const toText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The key of an index row, and the location of its record. */
export function fromIndexRow({ partitionKey, rowKey }: Location): { indexKey: string; location: Location } {
  const [, indexKey = '', ...rest] = rowKey.split(SEPARATOR);
  return { indexKey, location: { partitionKey, rowKey: rest.join(SEPARATOR) } };
}
