import type { TableClient, TransactionAction } from '@azure/data-tables';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import { createBatcher } from '../batcher.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { CallResource } from '../resources.ts';

/** Rows of one partition that are written all or nothing: those of one record after the other. */
interface Write {
  readonly records: readonly TransactionAction[][];
  /** The statuses that mean a version conflict. */
  readonly refusedBy: readonly number[];
}

/** The ETag of the first row of each record. */
export type Written = readonly (string | undefined)[] | VersionConflict;

/** Source: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
export const MAX_ROWS_PER_TRANSACTION = 100;
/** Writes in one transaction are split after these: a write is refused, or the transaction is too large. */
const SPLIT_AFTER = [400, 404, 409, 412, 413];

interface Waiting extends Write {
  readonly rows: readonly TransactionAction[];
  readonly keys: readonly string[];
}

/**
 * Writes to one table. Concurrent writes to a partition share a transaction. A refused transaction is split into
 * halves, until each write has its own answer.
 * @param name names the operation in failures of storage
 */
export function createTableTransactions(
  inTable: CallResource<TableClient>,
  name: string,
): (write: Write) => Promise<Written> {
  async function submit(writes: readonly Waiting[]): Promise<readonly Written[]> {
    const rows = writes.flatMap((write) => write.rows);
    const [only] = writes;
    const refusedBy = writes.length === 1 && only ? only.refusedBy : SPLIT_AFTER;
    const done = await inTable(`${name}.write`, (table) =>
      ignoreStatus(refusedBy, table.submitTransaction(rows)),
    );
    if (done) {
      let row = 0;
      return writes.map(({ records }) =>
        records.map(({ length }) => {
          row += length;
          return done.subResponses[row - length]?.etag;
        }),
      );
    }
    if (writes.length === 1) return [VERSION_CONFLICT];
    const half = Math.ceil(writes.length / 2);
    return (await Promise.all([writes.slice(0, half), writes.slice(half)].map(submit))).flat();
  }

  const write = createBatcher<Waiting, Written>(
    {
      maxSize: MAX_ROWS_PER_TRANSACTION,
      callsAtOnce: 1,
      groupOf: ({ rows }) => rows[0]?.[1].partitionKey ?? '',
      keysOf: ({ keys }) => keys,
      sizeOf: ({ keys }) => keys.length,
    },
    submit,
  );
  return ({ records, refusedBy }) => {
    const rows = records.flat();
    return write({ records, refusedBy, rows, keys: rows.map(([, row]) => row.rowKey) });
  };
}
