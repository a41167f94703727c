import pMap from 'p-map';
import * as z from 'zod';
import { TABLES } from '../contract/names.ts';
import { type IdempotencyKeys, type IdempotencyRecord, toKeptSince } from '../intake/idempotency.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { StorageClients } from './clients.ts';
import { DUE, toDueMark, toMarkEnd } from './due.ts';
import { createPurge } from './purge.ts';
import { SHARDS, toShard } from './shard.ts';
import { createTableRecords } from './table-records.ts';
import type { Stored } from './table-rows.ts';
import { fromPieces, toPieces } from './text-pieces.ts';

interface Key extends IdempotencyRecord {
  readonly keyHash: string;
  readonly claimedAt: Date;
  /** When its requests were last known to be kept; absent until they were looked at. */
  readonly keptSince?: Date;
}

const rowSchema = z.looseObject({ rowKey: z.string() });
const recordSchema = z.object({
  fingerprint: z.string(),
  requestIds: z.array(z.string()),
  claimedAt: z.coerce.date(),
  keptSince: z.coerce.date().exactOptional(),
});

interface Deps {
  readonly storage: StorageClients;
  /** For how long a key is known once its requests have ended, or where there are none. */
  readonly retentionMs: number;
  readonly ledger: Pick<Ledger, 'read'>;
}

/** Requests that ended when their key was claimed are removed before it is looked at. */
const LATER_MS = 86_400_000;
const READS_AT_ONCE = 16;

/** Idempotency keys in Azure Tables: a row that exists already is the answer to a second claim. */
export function createTableIdempotencyKeys({ storage, retentionMs, ledger }: Deps): IdempotencyKeys {
  const toLocation = (keyHash: string) => ({ partitionKey: toShard(keyHash), rowKey: keyHash });
  const keys = createTableRecords<Key>(storage, {
    table: TABLES.idempotencyKeys,
    name: 'keys',
    locate: ({ keyHash }) => toLocation(keyHash),
    toColumns: ({ keyHash: _key, ...record }) => toPieces('record', JSON.stringify(toPlain(record))),
    fromRow(row) {
      const { rowKey: keyHash, ...more } = rowSchema.parse(row);
      return { keyHash, ...recordSchema.parse(JSON.parse(fromPieces('record', more) ?? '')) };
    },
    marks: (key) => [toDueMark(toDueAt(key))],
  });

  function toDueAt({ claimedAt, keptSince = claimedAt }: Key): Date {
    return new Date(keptSince.getTime() + retentionMs + LATER_MS);
  }

  async function forget(key: Stored<Key>, at: Date): Promise<boolean> {
    const requests = await pMap(key.requestIds, ledger.read, { concurrency: READS_AT_ONCE });
    const keptSince = toKeptSince(
      requests.filter((request) => request !== undefined),
      at,
    );
    const isKept = keptSince !== undefined;
    // The retention may have been another one when the key was marked.
    const isYoung = toDueAt(key) > at;
    if (!isKept && !isYoung) return keys.remove(key);
    await keys.commit([isKept ? { ...key, keptSince } : key]);
    return false;
  }

  return {
    find: (keyHash) => keys.read(toLocation(keyHash)),
    async claim(keyHash, record, claimedAt) {
      const [claimed] = await keys.add([{ keyHash, claimedAt, ...record }]);
      return claimed?.entry ?? record;
    },
    purge: createPurge<Key>({
      records: keys,
      toRange: (at) => ({ mark: DUE, partitionKeys: SHARDS, before: toMarkEnd(at) }),
      remove: forget,
    }),
  };
}

const toPlain = ({ fingerprint, requestIds, claimedAt, keptSince }: Omit<Key, 'keyHash'>) => ({
  ...{ fingerprint, requestIds, claimedAt },
  ...(keptSince && { keptSince }),
});
