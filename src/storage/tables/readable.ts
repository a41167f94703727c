import { fromRow, type Location, type Shape, type Stored } from './rows.ts';

/** A row in a form that this version does not know. The error tells nothing of its content. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
  /** Partition key and row key. */
  readonly key: string;

  constructor(during: string, { partitionKey, rowKey }: Location) {
    const key = `${partitionKey}/${rowKey}`;
    super(`${during}: the row ${key} cannot be read`);
    this.key = key;
  }
}

export interface Readable<T> {
  readonly records: readonly Stored<T>[];
  /** The keys of the rows that cannot be read. */
  readonly unreadable: readonly string[];
}

export function parseRow<T>(shape: Shape<T>, row: Location & object): Stored<T> | UnreadableRow {
  try {
    return fromRow(shape, row);
  } catch {
    // The parser's own error may quote the row, and with it a person.
    return new UnreadableRow(shape.name, row);
  }
}

/** Unreadable rows do not block the rest of the batch. */
export const toReadable = <T extends object>(
  rows: readonly (Stored<T> | UnreadableRow | undefined)[],
): Readable<T> => ({
  records: rows.flatMap((row) => (row === undefined || row instanceof UnreadableRow ? [] : [row])),
  unreadable: rows.flatMap((row) => (row instanceof UnreadableRow ? row.key : [])),
});
