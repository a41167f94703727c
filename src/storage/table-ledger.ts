import type { TransactionAction } from '@azure/data-tables';
import { TABLES } from '../contract/names.ts';
import type { LedgerEntry, StoredEntry } from '../ledger/entry.ts';
import { CHANGED_MEANWHILE, type Ledger } from '../ledger/ledger.ts';
import type { StorageClients } from './clients.ts';
import { fromEntity, toEntity, toPartitionKey } from './ledger-entity.ts';
import { orOn, reach, toStorageError } from './reach.ts';

/** The most rows that one table transaction takes. */
const MAX_ROWS_PER_TRANSACTION = 100;

/** The ledger in Azure Tables: optimistic concurrency by ETag, many rows of a batch in one transaction. */
export function createTableLedger(storage: StorageClients): Ledger {
  const table = () => storage.table(TABLES.requests);
  const create = async () => (await table()).createTable();

  async function addOne(entry: LedgerEntry): Promise<{ added: boolean; entry: StoredEntry }> {
    const client = await table();
    const added = await reach('ledger.add', create, () =>
      orOn(409, undefined, client.createEntity(toEntity(entry))),
    );
    if (added?.etag !== undefined) return { added: true, entry: { ...entry, version: added.etag } };
    const existing = await read(entry.requestId);
    if (existing === undefined) throw new Error(`${entry.requestId} was there and is gone`);
    return { added: false, entry: existing };
  }

  /** Rows of one partition, all or none: one that exists already has them added one by one. */
  async function addTogether(entries: readonly LedgerEntry[]) {
    const client = await table();
    const actions = entries.map((entry): TransactionAction => ['create', toEntity(entry)]);
    const done = await reach('ledger.add', create, () =>
      orOn(409, undefined, client.submitTransaction(actions)),
    );
    if (done === undefined) return Promise.all(entries.map(addOne));
    return entries.map((entry, index) => {
      return { added: true, entry: { ...entry, version: done.subResponses[index]?.etag ?? '' } };
    });
  }

  async function read(requestId: string): Promise<StoredEntry | undefined> {
    const client = await table();
    const row = await reach('ledger.read', create, () =>
      orOn(404, undefined, client.getEntity(toPartitionKey(requestId), requestId)),
    );
    return row && fromEntity(row, row.etag);
  }

  return {
    read,

    async add(entries) {
      const added = new Map<string, { added: boolean; entry: StoredEntry }>();
      const groups = toGroups(entries).map(async (group) => {
        const [only] = group;
        const results = group.length === 1 && only ? [await addOne(only)] : await addTogether(group);
        for (const result of results) added.set(result.entry.requestId, result);
      });
      await Promise.all(groups);
      return entries.flatMap(({ requestId }) => added.get(requestId) ?? []);
    },

    async replace(entry) {
      const client = await table();
      const { version, ...next } = entry;
      const replaced = await reach('ledger.replace', create, () =>
        orOn(
          412,
          undefined,
          orOn(404, undefined, client.updateEntity(toEntity(next), 'Replace', { etag: version })),
        ),
      );
      return replaced?.etag === undefined ? CHANGED_MEANWHILE : { ...next, version: replaced.etag };
    },

    async *overdue(at, limit) {
      const client = await table();
      const filter = `overdueAt le datetime'${at.toISOString()}'`;
      const rows = client.listEntities<Record<string, unknown>>({ queryOptions: { filter } });
      let left = limit;
      try {
        for await (const row of rows) {
          if (left <= 0) return;
          left -= 1;
          yield fromEntity(row, row.etag);
        }
      } catch (error) {
        // Before the first request there is no table, and nothing is overdue.
        if (toStorageError(error)?.code !== 'TableNotFound') throw error;
      }
    },
  };
}

function toGroups(entries: readonly LedgerEntry[]): readonly (readonly LedgerEntry[])[] {
  const groups = new Map<string, LedgerEntry[][]>();
  for (const entry of entries) {
    const key = toPartitionKey(entry.requestId);
    const chunks = groups.get(key) ?? [];
    groups.set(key, chunks);
    const last = chunks.at(-1);
    if (last && last.length < MAX_ROWS_PER_TRANSACTION) last.push(entry);
    else chunks.push([entry]);
  }
  return [...groups.values()].flat();
}
