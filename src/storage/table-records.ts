import type { TransactionAction } from '@azure/data-tables';
import type { StorageClients } from './clients.ts';
import { orOn, reach, toStorageError } from './reach.ts';

/** The most rows that one table transaction takes. */
const MAX_ROWS_PER_TRANSACTION = 100;

export type Entity = { partitionKey: string; rowKey: string } & Record<string, unknown>;
export type Stored<T> = T & { readonly version: string };

interface Shape<T> {
  readonly table: string;
  /** What failures of storage are said to be during, such as `ledger`. */
  readonly name: string;
  readonly keyOf: (record: T) => string;
  readonly toPartitionKey: (key: string) => string;
  readonly toEntity: (record: T) => Entity;
  readonly fromEntity: (row: object, version: string) => Stored<T>;
}

/** Records in an Azure table: optimistic concurrency by ETag, and many rows of a batch in one transaction. */
export function createTableRecords<T extends object>(storage: StorageClients, shape: Shape<T>) {
  const { name, keyOf, toPartitionKey, toEntity, fromEntity } = shape;
  const table = () => storage.table(shape.table);
  const create = async () => (await table()).createTable();

  async function addOne(record: T): Promise<{ added: boolean; entry: Stored<T> }> {
    const client = await table();
    const added = await reach(`${name}.add`, create, () =>
      orOn(409, undefined, client.createEntity(toEntity(record))),
    );
    if (added?.etag !== undefined) return { added: true, entry: { ...record, version: added.etag } };
    const existing = await read(keyOf(record));
    if (existing === undefined) throw new Error(`${keyOf(record)} was there and is gone`);
    return { added: false, entry: existing };
  }

  /** Rows of one partition, all or none: where one exists already, they are added one by one. */
  async function addTogether(records: readonly T[]) {
    const client = await table();
    const actions = records.map((record): TransactionAction => ['create', toEntity(record)]);
    const done = await reach(`${name}.add`, create, () =>
      orOn(409, undefined, client.submitTransaction(actions)),
    );
    if (done === undefined) return Promise.all(records.map(addOne));
    return records.map((record, index) => {
      return { added: true, entry: { ...record, version: done.subResponses[index]?.etag ?? '' } };
    });
  }

  async function read(key: string): Promise<Stored<T> | undefined> {
    const client = await table();
    const row = await reach(`${name}.read`, create, () =>
      orOn(404, undefined, client.getEntity(toPartitionKey(key), key)),
    );
    return row && fromEntity(row, row.etag);
  }

  return {
    read,

    async add(records: readonly T[]) {
      const added = new Map<string, { added: boolean; entry: Stored<T> }>();
      const groups = toGroups(records, (record) => toPartitionKey(keyOf(record))).map(async (group) => {
        const [only] = group;
        const results = group.length === 1 && only ? [await addOne(only)] : await addTogether(group);
        for (const result of results) added.set(keyOf(result.entry), result);
      });
      await Promise.all(groups);
      return records.flatMap((record) => added.get(keyOf(record)) ?? []);
    },

    /** Undefined where somebody else wrote meanwhile. */
    async replace(record: Stored<T>): Promise<Stored<T> | undefined> {
      const client = await table();
      const { version } = record;
      const replaced = await reach(`${name}.replace`, create, () =>
        orOn(
          412,
          undefined,
          orOn(404, undefined, client.updateEntity(toEntity(record), 'Replace', { etag: version })),
        ),
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

function toGroups<T>(records: readonly T[], groupOf: (record: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[][]>();
  for (const record of records) {
    const chunks = groups.get(groupOf(record)) ?? [];
    groups.set(groupOf(record), chunks);
    const last = chunks.at(-1);
    if (last && last.length < MAX_ROWS_PER_TRANSACTION) last.push(record);
    else chunks.push([record]);
  }
  return [...groups.values()].flat();
}
