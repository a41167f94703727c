import { TABLES } from '../contract/names.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { CHANGED_MEANWHILE, type Ledger } from '../ledger/ledger.ts';
import type { StorageClients } from './clients.ts';
import { fromEntity, toEntity } from './ledger-entity.ts';
import { toShard } from './shard.ts';
import { createTableRecords } from './table-records.ts';

/** The ledger in Azure Tables. */
export function createTableLedger(storage: StorageClients): Ledger {
  const records = createTableRecords<LedgerEntry>(storage, {
    table: TABLES.requests,
    name: 'ledger',
    keyOf: ({ requestId }) => requestId,
    toPartitionKey: toShard,
    toEntity,
    fromEntity,
  });
  return {
    add: records.add,
    read: records.read,
    replace: async (entry) => (await records.replace(entry)) ?? CHANGED_MEANWHILE,
    overdue: (at, limit) => records.query(`overdueAt le datetime'${at.toISOString()}'`, limit),
    list: (state, limit) => records.query(`state eq '${state}'`, limit),
  };
}
