import type { TransactionAction } from '@azure/data-tables';
import type { StorageClients } from './clients.ts';
import { createGather } from './gather.ts';
import { orOn, reach, toStorageError } from './reach.ts';

/** The most rows that one table transaction takes. */
const MAX_ROWS_PER_TRANSACTION = 100;

export type Entity = { partitionKey: string; rowKey: string } & Record<string, unknown>;
export type Stored<T> = T & { readonly version: string };
type Added<T> = { readonly added: boolean; readonly entry: Stored<T> };

interface Shape<T> {
  readonly table: string;
  /** What failures of storage are said to be during, such as `ledger`. */
  readonly name: string;
  readonly keyOf: (record: T) => string;
  readonly toPartitionKey: (key: string) => string;
  readonly toEntity: (record: T) => Entity;
  readonly fromEntity: (row: object, version: string) => Stored<T>;
}

/** Why rows are not added together: one is there already, or they are too large for one transaction. */
const APART = [400, 409, 413];

/**
 * Records in an Azure table: optimistic concurrency by ETag, and one transaction for the rows of a partition that
 * are added at the same time, whoever adds them.
 */
export function createTableRecords<T extends object>(storage: StorageClients, shape: Shape<T>) {
  const { name, keyOf, toPartitionKey, toEntity, fromEntity } = shape;
  const table = () => storage.table(shape.table);
  const create = async () => (await table()).createTable();
  /** One for each partition in use: as many as there are shards. */
  const gathers = new Map<string, (record: T) => Promise<Added<T>>>();

  async function addOne(record: T): Promise<Added<T>> {
    const client = await table();
    const added = await reach(`${name}.add`, create, () =>
      orOn([409], undefined, client.createEntity(toEntity(record))),
    );
    if (added?.etag !== undefined) return { added: true, entry: { ...record, version: added.etag } };
    const existing = await read(keyOf(record));
    if (existing === undefined) throw new Error(`${keyOf(record)} was there and is gone`);
    return { added: false, entry: existing };
  }

  /** Rows of one partition, all or none: where that is refused, each half of them. */
  async function addTogether(records: readonly T[]): Promise<readonly Added<T>[]> {
    const [only] = records;
    if (records.length === 1 && only !== undefined) return [await addOne(only)];
    const client = await table();
    const actions = records.map((record): TransactionAction => ['create', toEntity(record)]);
    const done = await reach(`${name}.add`, create, () =>
      orOn(APART, undefined, client.submitTransaction(actions)),
    );
    if (done === undefined) {
      const half = Math.ceil(records.length / 2);
      const halves = [records.slice(0, half), records.slice(half)];
      return (await Promise.all(halves.map(addTogether))).flat();
    }
    return records.map((record, index) => {
      return { added: true, entry: { ...record, version: done.subResponses[index]?.etag ?? '' } };
    });
  }

  function toGather(partitionKey: string) {
    const limits = { maxItems: MAX_ROWS_PER_TRANSACTION, callsAtOnce: 1 };
    const gather = gathers.get(partitionKey) ?? createGather<T, Added<T>>(limits, keyOf, addTogether);
    gathers.set(partitionKey, gather);
    return gather;
  }

  async function read(key: string): Promise<Stored<T> | undefined> {
    const client = await table();
    const row = await reach(`${name}.read`, create, () =>
      orOn([404], undefined, client.getEntity(toPartitionKey(key), key)),
    );
    return row && fromEntity(row, row.etag);
  }

  return {
    read,

    add: (records: readonly T[]) =>
      Promise.all(records.map((record) => toGather(toPartitionKey(keyOf(record)))(record))),

    /** Undefined where somebody else wrote meanwhile. */
    async replace(record: Stored<T>): Promise<Stored<T> | undefined> {
      const client = await table();
      const { version } = record;
      const replaced = await reach(`${name}.replace`, create, () =>
        orOn([404, 412], undefined, client.updateEntity(toEntity(record), 'Replace', { etag: version })),
      );
      return replaced?.etag === undefined ? undefined : { ...record, version: replaced.etag };
    },

    async *query(filter: string, limit: number): AsyncGenerator<Stored<T>, void, undefined> {
      const client = await table();
      const rows = client.listEntities<Record<string, unknown>>({ queryOptions: { filter } });
      let left = limit;
      try {
        for await (const row of rows) {
          if (left <= 0) return;
          left -= 1;
          yield fromEntity(row, row.etag);
        }
      } catch (error) {
        // Before the first row there is no table.
        if (toStorageError(error)?.code !== 'TableNotFound') throw error;
      }
    },
  };
}
