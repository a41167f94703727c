import type * as z from 'zod';
import { type Cause, type Causes, causeSchema } from '../../guardrails/causes.ts';
import { type PauseState, type PauseStore, pauseSchema } from '../../guardrails/pause.ts';
import { type RemovalCounter, removalCounterSchema } from '../../guardrails/removal-counter.ts';
import type { RemovalCounters } from '../../guardrails/removal-limiter.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { createTableRecords } from './records.ts';
import { createLayout } from './row-layout.ts';

/** Rows that are few: each kind has a partition of its own. */
function createRows<T extends object>(
  storage: StorageClients,
  partitionKey: string,
  toRowKey: (record: T) => string,
  schema: z.ZodType<T>,
) {
  return createTableRecords<T>(storage, {
    table: TABLES.guardrails,
    name: `guardrails-${partitionKey}`,
    locate: (record) => ({ partitionKey, rowKey: toRowKey(record) }),
    layout: createLayout({ schema, json: 'record' }),
  });
}

const COUNTERS = 'counters';
const CAUSES = 'causes';

/** A row for each organization, with the people who lost something within the longest window. */
export function createTableRemovalCounters(storage: StorageClients): RemovalCounters {
  const rows = createRows<RemovalCounter>(storage, COUNTERS, ({ orgKey }) => orgKey, removalCounterSchema);
  return {
    read: (orgKey) => rows.read({ partitionKey: COUNTERS, rowKey: orgKey }),
    write: (counter) => rows.replace(counter),
  };
}

export function createTableCauses(storage: StorageClients): Causes {
  const rows = createRows<Cause>(storage, CAUSES, ({ cause }) => cause, causeSchema);
  return {
    read: (cause) => rows.read({ partitionKey: CAUSES, rowKey: cause }),
    write: (cause) => rows.replace(cause),
    async page(limit, next) {
      const page = await rows.page(`PartitionKey eq '${CAUSES}'`, limit, next);
      return { causes: page.records, next: page.next };
    },
    remove: (cause) => rows.removeUnindexed(cause),
  };
}

const PAUSE = { partitionKey: 'pause', rowKey: 'pause' };

export function createTablePause(storage: StorageClients): PauseStore {
  const rows = createRows<PauseState>(storage, PAUSE.partitionKey, () => PAUSE.rowKey, pauseSchema);
  return { read: () => rows.read(PAUSE), write: (pause) => rows.replace(pause) };
}
