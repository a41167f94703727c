import type { TransactionAction } from '@azure/data-tables';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import { createBatcher } from '../batcher.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';

/** What is written all or nothing, in one partition: the rows of one record after the other. */
export interface Write {
  readonly records: readonly TransactionAction[][];
  /** The statuses that mean a version conflict. */
  readonly refusedBy: readonly number[];
}

/** The ETag of the first row of each record. */
export type Written = readonly (string | undefined)[] | VersionConflict;

/** Source: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
export const MAX_ROWS_PER_TRANSACTION = 100;
/** Why writes are not done together: one of them is refused, or they are too large for one transaction. */
const APART = [400, 404, 409, 412, 413];

interface Waiting extends Write {
  readonly rows: readonly TransactionAction[];
  readonly keys: readonly string[];
}

/**
 * Writes to one table. What is written to a partition at the same time, by whomever, goes in one transaction; where
 * that is refused, each half of it, until each write has its own answer.
 */
export function createTableTransactions(
  storage: StorageClients,
  { table, name }: { readonly table: string; readonly name: string },
): (write: Write) => Promise<Written> {
  const create = async () => (await storage.table(table)).createTable();

  async function submit(writes: readonly Waiting[]): Promise<readonly Written[]> {
    const client = await storage.table(table);
    const rows = writes.flatMap((write) => write.rows);
    const [only] = writes;
    const refusedBy = writes.length === 1 && only ? only.refusedBy : APART;
    const done = await callStorage(`${name}.write`, create, () =>
      ignoreStatus(refusedBy, undefined, client.submitTransaction(rows)),
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
