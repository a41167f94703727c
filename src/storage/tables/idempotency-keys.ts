import pMap from 'p-map';
import * as z from 'zod';
import type { IdempotencyKeys } from '../../http/idempotency.ts';
import { type Immutable, stored } from '../../platform/stored.ts';
import { isOpen } from '../../requests/record/states.ts';
import type { RequestStore } from '../../requests/store.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { DUE, toDueKey, toDueRange } from './due-index.ts';
import { createPurge } from './purge.ts';
import { createTableRecords } from './records.ts';
import { createLayout } from './row-layout.ts';
import type { Stored } from './rows.ts';
import { toShard } from './shard.ts';

const keySchema = stored({
  keyHash: z.string(),
  fingerprint: z.string(),
  requestIds: z.array(z.string()),
  claimedAt: z.coerce.date(),
  /** When a purge last found a request of the key; absent before the first purge. */
  keptSince: z.coerce.date().exactOptional(),
});
type Key = Immutable<z.output<typeof keySchema>>;

interface Deps {
  readonly storage: StorageClients;
  /** Of a key since its requests ended, or since its claim where there are none. */
  readonly retentionMs: number;
  readonly requestStore: Pick<RequestStore, 'read'>;
}

/** A purge checks a key a day late: requests that ended at its claim are gone before. */
const LATER_MS = 86_400_000;
const READS_AT_ONCE = 16;

/**
 * Idempotency keys in Azure Tables: an existing row answers a second claim. A key outlives its requests: without it,
 * the same body would make them a second time.
 */
export function createTableIdempotencyKeys({ storage, retentionMs, requestStore }: Deps): IdempotencyKeys {
  const toLocation = (keyHash: string) => ({ partitionKey: toShard(keyHash), rowKey: keyHash });
  const keys = createTableRecords<Key>(storage, {
    table: TABLES.idempotencyKeys,
    name: 'keys',
    locate: ({ keyHash }) => toLocation(keyHash),
    layout: createLayout({
      schema: keySchema,
      key: { name: 'keyHash', fromRowKey: (rowKey) => rowKey },
      json: 'record',
    }),
    index: { toKeys: (key) => [toDueKey(toDueAt(key))], names: [DUE] },
  });

  function toDueAt({ claimedAt, keptSince = claimedAt }: Key): Date {
    return new Date(keptSince.getTime() + retentionMs + LATER_MS);
  }

  /** Since when the requests of a key are final: `now` for an open one, undefined where all requests are gone. */
  async function findKeptSince({ requestIds }: Key, now: Date): Promise<Date | undefined> {
    const read = await pMap(requestIds, requestStore.read, { concurrency: READS_AT_ONCE });
    const requests = read.filter((request) => request !== undefined);
    if (requests.length === 0) return undefined;
    if (requests.some(({ state }) => isOpen(state))) return now;
    return new Date(Math.max(...requests.map(({ updatedAt }) => updatedAt.getTime())));
  }

  async function removeKey(key: Stored<Key>, at: Date): Promise<boolean> {
    const keptSince = await findKeptSince(key, at);
    // The retention may have grown since the index key was written.
    const isYoung = toDueAt(key) > at;
    if (keptSince === undefined && !isYoung) return keys.remove(key);
    await keys.replace(keptSince === undefined ? key : { ...key, keptSince });
    return false;
  }

  return {
    find: (keyHash) => keys.read(toLocation(keyHash)),
    async claim(keyHash, record, claimedAt) {
      const [claimed] = await keys.add([{ keyHash, claimedAt, ...record }]);
      return claimed?.record ?? record;
    },
    purge: createPurge<Key>({ records: keys, toRange: toDueRange, remove: removeKey }),
  };
}
