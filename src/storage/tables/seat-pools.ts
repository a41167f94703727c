import { createHash } from 'node:crypto';
import { isUnused, type SeatPool, seatPoolSchema } from '../../seats/pool.ts';
import type { SeatPools } from '../../seats/waiters.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { createTableRecords } from './records.ts';
import { createLayout } from './row-layout.ts';

/** One row for each paid license: one partition is enough. */
const PARTITION = 'pools';
const MAX_AWAITED = 200;

const toLocation = (licenseId: string) => ({
  partitionKey: PARTITION,
  rowKey: createHash('sha256').update(licenseId).digest('hex').slice(0, 40),
});

/** @param retentionMs since a catalogue last listed the license of a pool */
export function createTableSeatPools(storage: StorageClients, retentionMs: number): SeatPools {
  const records = createTableRecords<SeatPool>(storage, {
    table: TABLES.seatPools,
    name: 'seat-pools',
    locate: ({ licenseId }) => toLocation(licenseId),
    layout: createLayout({
      schema: seatPoolSchema,
      json: 'pool',
      derived: { isAwaited: ({ awaitedAt }) => (awaitedAt ? true : undefined) },
    }),
  });
  return {
    read: (licenseId) => records.read(toLocation(licenseId)),
    write: async (pool) => records.replace(pool),
    awaited: async () =>
      (await records.all(`PartitionKey eq '${PARTITION}' and isAwaited eq true`, MAX_AWAITED)).records,
    async purge(at, limit, next) {
      const before = new Date(at.getTime() - retentionMs).toISOString();
      const filter = `PartitionKey eq '${PARTITION}' and Timestamp lt datetime'${before}'`;
      const page = await records.page(filter, limit, next);
      const unused = page.records.filter((pool) => isUnused(pool, at, retentionMs));
      const isGone = await Promise.all(unused.map((pool) => records.removeUnindexed(pool)));
      return { purged: isGone.filter(Boolean).length, unreadable: page.unreadable, next: page.next };
    },
  };
}
