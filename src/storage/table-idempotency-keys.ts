import * as z from 'zod';
import { TABLES } from '../contract/names.ts';
import type { IdempotencyKeys, IdempotencyRecord } from '../intake/idempotency.ts';
import type { StorageClients } from './clients.ts';
import { DUE, toDueMark, toDueText } from './due.ts';
import { SHARDS, toShard } from './shard.ts';
import { createTableRecords } from './table-records.ts';
import { fromPieces, toPieces } from './text-pieces.ts';

interface Key extends IdempotencyRecord {
  readonly keyHash: string;
  readonly claimedAt: Date;
}

const rowSchema = z.looseObject({ rowKey: z.string() });
const recordSchema = z.object({
  fingerprint: z.string(),
  requestIds: z.array(z.string()),
  claimedAt: z.coerce.date(),
});

/**
 * Idempotency keys in Azure Tables: a row that exists already is the answer to a second claim.
 * @param retentionMs for how long a key is known
 */
export function createTableIdempotencyKeys(storage: StorageClients, retentionMs: number): IdempotencyKeys {
  const keys = createTableRecords<Key>(storage, {
    table: TABLES.idempotencyKeys,
    name: 'keys',
    locate: ({ keyHash }) => ({ partitionKey: toShard(keyHash), rowKey: keyHash }),
    toColumns: ({ keyHash: _key, ...record }) => toPieces('record', JSON.stringify(record)),
    fromRow(row) {
      const { rowKey: keyHash, ...more } = rowSchema.parse(row);
      return { keyHash, ...recordSchema.parse(JSON.parse(fromPieces('record', more) ?? '')) };
    },
    marks: ({ claimedAt }) => [toDueMark(new Date(claimedAt.getTime() + retentionMs))],
  });
  return {
    async claim(keyHash, record, claimedAt) {
      const [claimed] = await keys.add([{ keyHash, claimedAt, ...record }]);
      return claimed?.entry ?? record;
    },
    async purge(at, limit) {
      const { records: old } = await keys.marked(DUE, SHARDS, toDueText(at), limit);
      await Promise.all(old.map((key) => keys.remove(key)));
      return old.length;
    },
  };
}
