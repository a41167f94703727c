import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { SeatPool } from '../assignment/seat-pool.ts';
import type { SeatPools } from '../assignment/seat-waiters.ts';
import { TABLES } from '../contract/names.ts';
import type { StorageClients } from './clients.ts';
import { createTableRecords } from './table-records.ts';
import { fromPieces, toPieces } from './text-pieces.ts';

const date = z.coerce.date();
const rowSchema = z.looseObject({});
const poolSchema = z.object({
  licenseId: z.string(),
  orgId: z.string().exactOptional(),
  freeUnits: z.number(),
  readAt: date,
  taken: z.array(z.object({ by: z.string(), count: z.number(), until: date })),
  awaitedAt: date.exactOptional(),
});

/** There are as many rows as paid licenses: one partition does. */
const PARTITION = 'pools';
const MAX_AWAITED = 200;

const toLocation = (licenseId: string) => ({
  partitionKey: PARTITION,
  rowKey: createHash('sha256').update(licenseId).digest('hex').slice(0, 40),
});

export function createTableSeatPools(storage: StorageClients): SeatPools {
  const records = createTableRecords<SeatPool>(storage, {
    table: TABLES.seatPools,
    name: 'seat-pools',
    locate: ({ licenseId }) => toLocation(licenseId),
    toColumns: (pool) => ({
      ...(pool.awaitedAt && { isAwaited: true }),
      ...toPieces('pool', JSON.stringify(poolSchema.parse(pool))),
    }),
    fromRow: (row) => poolSchema.parse(JSON.parse(fromPieces('pool', rowSchema.parse(row)) ?? '')),
  });
  return {
    read: (licenseId) => records.read(toLocation(licenseId)),
    write: async (pool) => (await records.commit([pool]))?.[0],
    awaited: async () =>
      (await records.page(`PartitionKey eq '${PARTITION}' and isAwaited eq true`, MAX_AWAITED)).records,
  };
}
