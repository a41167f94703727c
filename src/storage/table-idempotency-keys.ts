import * as z from 'zod';
import { TABLES } from '../contract/names.ts';
import type { IdempotencyKeys } from '../intake/idempotency.ts';
import type { StorageClients } from './clients.ts';
import { orOn, reach } from './reach.ts';

const rowSchema = z.object({
  fingerprint: z.string(),
  requestIds: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
});

/** Idempotency keys in Azure Tables: a row that exists already is the answer to a second claim. */
export function createTableIdempotencyKeys(storage: StorageClients): IdempotencyKeys {
  return {
    async claim(keyHash, record) {
      const table = await storage.table(TABLES.idempotencyKeys);
      const create = () => table.createTable();
      const key = { partitionKey: keyHash.slice(0, 2), rowKey: keyHash };
      const row = { ...key, fingerprint: record.fingerprint, requestIds: JSON.stringify(record.requestIds) };
      const created = await reach('keys.claim', create, () =>
        orOn([409], undefined, table.createEntity(row)),
      );
      if (created !== undefined) return record;
      const first = await reach('keys.claim', create, () => table.getEntity(key.partitionKey, key.rowKey));
      return rowSchema.parse(first);
    },
  };
}
