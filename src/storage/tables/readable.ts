import { fromRow, type Location, type Shape, type Stored } from './rows.ts';

/** A row of a shape that this version does not know: an older one, or somebody else's. It tells nothing of its content. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
  /** Where it lies: partition and row. */
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

/** A record as it was read. */
export function parseRow<T>(shape: Shape<T>, row: Location & object): Stored<T> | UnreadableRow {
  try {
    return fromRow(shape, row);
  } catch {
    // Whatever is wrong with it: a parser's own error may quote the row, and with it a person.
    return new UnreadableRow(shape.name, row);
  }
}

/** The records of some rows: one that cannot be read keeps none of the others. */
export const toReadable = <T extends object>(
  rows: readonly (Stored<T> | UnreadableRow | undefined)[],
): Readable<T> => ({
  records: rows.flatMap((row) => (row === undefined || row instanceof UnreadableRow ? [] : [row])),
  unreadable: rows.flatMap((row) => (row instanceof UnreadableRow ? row.key : [])),
});
