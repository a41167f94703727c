import * as z from 'zod';
import type { Tail } from '../../audit/chain.ts';
import { type Head, UNREADABLE } from '../../audit/trail.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { toText } from './rows.ts';

const keySchema = z.object({ rowKey: z.string() });
const headSchema = z.object({
  count: z.number().int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  keptDays: z.number().int().positive().exactOptional(),
});
const doneSchema = z.object({ day: z.string() });
/** Beside the days, and after them in the order of partitions. */
const DONE = { partitionKey: '~attested', rowKey: 'done' };
const MAX_ROWS_PER_PAGE = 1_000;

/** How far each file of the audit trail goes: a row for each file, in the partition of its day. */
export function createAuditHeads(storage: StorageClients) {
  const table = () => storage.table(TABLES.auditFiles);
  const create = async () => (await table()).createTable();
  return {
    /** A file has one writer: the newest is right. */
    async write(day: string, name: string, { count, hash }: Tail): Promise<void> {
      const client = await table();
      await callStorage('audit.head', create, () =>
        client.upsertEntity({ partitionKey: day, rowKey: name, count, hash }, 'Replace'),
      );
    },

    async read(day: string): Promise<ReadonlyMap<string, Head | typeof UNREADABLE>> {
      const client = await table();
      const heads = new Map<string, Head | typeof UNREADABLE>();
      const pages = client
        .listEntities({ queryOptions: { filter: `PartitionKey eq '${day}'` } })
        .byPage({ maxPageSize: MAX_ROWS_PER_PAGE });
      for (;;) {
        const page = await callStorage('audit.heads', create, () => pages.next());
        if (page.done) return heads;
        for (const row of page.value) {
          const { rowKey } = keySchema.parse(row);
          heads.set(rowKey, headSchema.safeParse(row).data ?? UNREADABLE);
        }
      }
    },

    async attest(day: string, name: string, keptDays: number): Promise<void> {
      const client = await table();
      const row = { partitionKey: day, rowKey: name, keptDays };
      // A file without a row has nothing that could be attested.
      await callStorage('audit.attest', create, () =>
        ignoreStatus([404], undefined, client.updateEntity(row, 'Merge')),
      );
    },

    async readDone(): Promise<string | undefined> {
      const client = await table();
      const row = await callStorage('audit.attested', create, () =>
        ignoreStatus([404], undefined, client.getEntity(DONE.partitionKey, DONE.rowKey)),
      );
      return doneSchema.safeParse(row).data?.day;
    },

    async writeDone(day: string): Promise<void> {
      const client = await table();
      await callStorage('audit.attested', create, () => client.upsertEntity({ ...DONE, day }, 'Replace'));
    },

    /** Partitions come in the order of their keys: the first row is of the first day. */
    async nextDay(after: string, before: string): Promise<string | undefined> {
      const client = await table();
      const filter = `PartitionKey gt ${toText(after)} and PartitionKey lt ${toText(before)}`;
      const pages = client
        .listEntities({ queryOptions: { filter, select: ['PartitionKey'] } })
        .byPage({ maxPageSize: 1 });
      for (;;) {
        const page = await callStorage('audit.days', create, () => pages.next());
        if (page.done) return undefined;
        const [row] = page.value;
        if (row?.partitionKey !== undefined) return row.partitionKey;
      }
    },
  };
}
