import * as z from 'zod';
import type { Tail } from '../../audit/chain.ts';
import { type Head, UNREADABLE } from '../../audit/trail.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { openTable } from '../resources.ts';
import { toText } from './rows.ts';

const keySchema = z.object({ rowKey: z.string() });
const headSchema = z.object({
  count: z.number().int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  keptDays: z.number().int().positive().exactOptional(),
});
const doneSchema = z.object({ day: z.string() });
/** The last attested day: this partition sorts after those of the days. */
const DONE = { partitionKey: '~attested', rowKey: 'done' };
const MAX_ROWS_PER_PAGE = 1_000;

/** The length and the hash of each file of the audit trail: a row for each file, in the partition of its day. */
export function createAuditHeads(storage: StorageClients) {
  const inTable = openTable(storage, TABLES.auditFiles);
  return {
    /** A file has one writer: the newest row is right. */
    async write(day: string, name: string, { count, hash }: Tail): Promise<void> {
      const row = { partitionKey: day, rowKey: name, count, hash };
      await inTable('audit.head', (table) => table.upsertEntity(row, 'Replace'));
    },

    async read(day: string): Promise<ReadonlyMap<string, Head | typeof UNREADABLE>> {
      const heads = new Map<string, Head | typeof UNREADABLE>();
      const queryOptions = { filter: `PartitionKey eq '${day}'` };
      const pages = await inTable('audit.heads', async (table) =>
        table.listEntities({ queryOptions }).byPage({ maxPageSize: MAX_ROWS_PER_PAGE }),
      );
      for (;;) {
        const page = await inTable('audit.heads', () => pages.next());
        if (page.done) return heads;
        for (const row of page.value) {
          const { rowKey } = keySchema.parse(row);
          heads.set(rowKey, headSchema.safeParse(row).data ?? UNREADABLE);
        }
      }
    },

    async attest(day: string, name: string, keptDays: number): Promise<void> {
      const row = { partitionKey: day, rowKey: name, keptDays };
      // A file without a row has nothing to attest.
      await inTable('audit.attest', (table) => ignoreStatus([404], table.updateEntity(row, 'Merge')));
    },

    async readDone(): Promise<string | undefined> {
      const row = await inTable('audit.attested', (table) =>
        ignoreStatus([404], table.getEntity(DONE.partitionKey, DONE.rowKey)),
      );
      return doneSchema.safeParse(row).data?.day;
    },

    async writeDone(day: string): Promise<void> {
      await inTable('audit.attested', (table) => table.upsertEntity({ ...DONE, day }, 'Replace'));
    },

    /** Partitions come in the order of their keys: the first row belongs to the first day. */
    async nextDay(after: string, before: string): Promise<string | undefined> {
      const filter = `PartitionKey gt ${toText(after)} and PartitionKey lt ${toText(before)}`;
      const queryOptions = { filter, select: ['PartitionKey'] };
      const pages = await inTable('audit.days', async (table) =>
        table.listEntities({ queryOptions }).byPage({ maxPageSize: 1 }),
      );
      for (;;) {
        const page = await inTable('audit.days', () => pages.next());
        if (page.done) return undefined;
        const [row] = page.value;
        if (row?.partitionKey !== undefined) return row.partitionKey;
      }
    },
  };
}
