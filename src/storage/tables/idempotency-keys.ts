import pMap from 'p-map';
import * as z from 'zod';
import { type Immutable, stored } from '../../platform/stored.ts';
import { type IdempotencyKeys, toKeptSince } from '../../requests/idempotency.ts';
import type { RequestStore } from '../../requests/store.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { DUE, toDueKey, toIndexEnd } from './due-index.ts';
import { createPurge } from './purge.ts';
import { createTableRecords } from './records.ts';
import { createLayout } from './row-layout.ts';
import type { Stored } from './rows.ts';
import { SHARDS, toShard } from './shard.ts';

const keySchema = stored({
  keyHash: z.string(),
  fingerprint: z.string(),
  requestIds: z.array(z.string()),
  claimedAt: z.coerce.date(),
  /** When its requests were last known to be kept; absent until they were looked at. */
  keptSince: z.coerce.date().exactOptional(),
});
type Key = Immutable<z.output<typeof keySchema>>;

interface Deps {
  readonly storage: StorageClients;
  /** For how long a key is known once its requests have ended, or where there are none. */
  readonly retentionMs: number;
  readonly requestStore: Pick<RequestStore, 'read'>;
}

/** Requests that ended when their key was claimed are removed before it is looked at. */
const LATER_MS = 86_400_000;
const READS_AT_ONCE = 16;

/** Idempotency keys in Azure Tables: a row that exists already is the answer to a second claim. */
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
    marks: { of: (key) => [toDueKey(toDueAt(key))], names: [DUE] },
  });

  function toDueAt({ claimedAt, keptSince = claimedAt }: Key): Date {
    return new Date(keptSince.getTime() + retentionMs + LATER_MS);
  }

  async function forget(key: Stored<Key>, at: Date): Promise<boolean> {
    const requests = await pMap(key.requestIds, requestStore.read, { concurrency: READS_AT_ONCE });
    const keptSince = toKeptSince(
      requests.filter((request) => request !== undefined),
      at,
    );
    const isKept = keptSince !== undefined;
    // The retention may have been another one when the key was marked.
    const isYoung = toDueAt(key) > at;
    if (!isKept && !isYoung) return keys.remove(key);
    await keys.replace(isKept ? { ...key, keptSince } : key);
    return false;
  }

  return {
    find: (keyHash) => keys.read(toLocation(keyHash)),
    async claim(keyHash, record, claimedAt) {
      const [claimed] = await keys.add([{ keyHash, claimedAt, ...record }]);
      return claimed?.record ?? record;
    },
    purge: createPurge<Key>({
      records: keys,
      toRange: (at) => ({ mark: DUE, partitionKeys: SHARDS, before: toIndexEnd(at) }),
      remove: forget,
    }),
  };
}
