import type * as z from 'zod';

export type Columns = Readonly<Record<string, unknown>>;

/** A property holds 32,768 characters. A longer text is a chunked property: it continues in `name2`, `name3` … */
const MAX_PROPERTY_CHARACTERS = 32_000;

const toChunkName = (name: string, index: number) => (index === 0 ? name : `${name}${index + 1}`);

function toChunks(name: string, text: unknown): Columns {
  const chunks: Record<string, string> = {};
  if (typeof text !== 'string') return chunks;
  for (let at = 0; at === 0 || at < text.length; at += MAX_PROPERTY_CHARACTERS) {
    chunks[toChunkName(name, at / MAX_PROPERTY_CHARACTERS)] = text.slice(at, at + MAX_PROPERTY_CHARACTERS);
  }
  return chunks;
}

/** Undefined where the row has no such property. */
function fromChunks(name: string, row: Columns): string | undefined {
  let text: string | undefined;
  for (let index = 0; typeof row[toChunkName(name, index)] === 'string'; index += 1) {
    text = `${text ?? ''}${row[toChunkName(name, index)]}`;
  }
  return text;
}

interface Settings<T> {
  readonly schema: z.ZodType<T>;
  /** The column with the JSON of all other members. */
  readonly json: string;
  /** The member that the row key holds. */
  readonly key?: { readonly name: keyof T & string; readonly fromRowKey: (rowKey: string) => string };
  /** Members with a column of their own. */
  readonly columns?: readonly (keyof T & string)[];
  /** Members with a chunked property of their own. */
  readonly texts?: readonly (keyof T & string)[];
  /**
   * The stored names of members within the JSON, where they differ: stored rows keep the names of version 0.1.0. A member
   * of a newer version that is stored under the name of one of these takes its stored name in memory, so that both stay.
   */
  readonly storedNames?: Readonly<Partial<Record<keyof T & string, string>>>;
  /** Further columns, for queries; undefined for a row without the column. */
  readonly derived?: Readonly<Record<string, (record: T) => string | boolean | undefined>>;
}

export interface Layout<T> {
  toColumns(record: T): Columns;
  /** @throws where the row has another form than `toColumns` writes */
  fromRow(row: Columns): T;
  /** Whether `toColumns` may write a column of this name. */
  isOwn(column: string): boolean;
}

/** The codec between a record and the columns of a row. */
export function createLayout<T extends object>(settings: Settings<T>): Layout<T> {
  const { schema, json, key, columns = [], texts = [], derived = {} } = settings;
  const { storedNames = {} } = settings;
  const pairs = Object.entries<string | undefined>(storedNames);
  /** Swaps both names: the same in both directions. */
  const swapped = new Map(
    pairs.flatMap(([name, stored = name]) => [[name, stored] as const, [stored, name] as const]),
  );
  const apart: ReadonlySet<string> = new Set([...columns, ...texts, ...(key ? [key.name] : [])]);
  const single: ReadonlySet<string> = new Set([...columns, ...Object.keys(derived)]);
  const chunked: ReadonlySet<string> = new Set([json, ...texts]);

  return {
    toColumns(record) {
      const rest = Object.entries(record).filter(([name]) => !apart.has(name));
      return withoutAbsent({
        ...Object.fromEntries(Object.entries(derived).map(([name, derive]) => [name, derive(record)])),
        ...Object.fromEntries(columns.map((name) => [name, record[name]])),
        ...Object.assign({}, ...texts.map((name) => toChunks(name, record[name]))),
        ...toChunks(json, JSON.stringify(rename(Object.fromEntries(rest), swapped))),
      });
    },

    fromRow: (row) =>
      schema.parse(
        withoutAbsent({
          ...rename(JSON.parse(fromChunks(json, row) ?? ''), swapped),
          ...Object.fromEntries(columns.map((name) => [name, row[name]])),
          ...Object.fromEntries(texts.map((name) => [name, fromChunks(name, row)])),
          ...(key && { [key.name]: key.fromRowKey(String(row.rowKey)) }),
        }),
      ),

    isOwn: (column) => single.has(column) || chunked.has(column.replace(/(?<!\d)\d+$/, '')),
  };
}

const rename = (members: Columns, names: ReadonlyMap<string, string>): Columns =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [names.get(name) ?? name, value]));

const withoutAbsent = (members: Columns): Columns =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
