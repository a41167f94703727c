import * as z from 'zod';
import type { Tail } from '../audit/chain.ts';
import { TABLES } from '../contract/names.ts';
import type { StorageClients } from './clients.ts';
import { reach } from './reach.ts';

const rowSchema = z.object({ rowKey: z.string(), count: z.number().int(), hash: z.string() });
const MAX_ROWS_PER_PAGE = 1_000;

/** How far each file of the audit trail goes: a row for each file, in the partition of its day. */
export function createAuditHeads(storage: StorageClients) {
  const table = () => storage.table(TABLES.auditFiles);
  const create = async () => (await table()).createTable();
  return {
    /** A file has one writer: the newest is right. */
    async write(day: string, name: string, { count, hash }: Tail): Promise<void> {
      const client = await table();
      await reach('audit.head', create, () =>
        client.upsertEntity({ partitionKey: day, rowKey: name, count, hash }, 'Replace'),
      );
    },

    async read(day: string): Promise<ReadonlyMap<string, Tail>> {
      const client = await table();
      const heads = new Map<string, Tail>();
      const pages = client
        .listEntities({ queryOptions: { filter: `PartitionKey eq '${day}'` } })
        .byPage({ maxPageSize: MAX_ROWS_PER_PAGE });
      for (;;) {
        const page = await reach('audit.heads', create, () => pages.next());
        if (page.done) return heads;
        for (const row of page.value) {
          const { rowKey, count, hash } = rowSchema.parse(row);
          heads.set(rowKey, { count, hash });
        }
      }
    },
  };
}
