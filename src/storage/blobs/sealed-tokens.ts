import { setTimeout as sleep } from 'node:timers/promises';
import { HELD_ELSEWHERE } from '../../platform/exclusively.ts';
import type { Seal } from '../../platform/seal.ts';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';
import type { Exclusively } from '../../webex/tokens/service-app.ts';
import { type TokenRecord, type TokenStore, tokenRecordSchema } from '../../webex/tokens/token-renewal.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createBlobLease } from './lease.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const RECORD = 'webex-service-app';
const LOCK = 'webex-service-app.lock';
const TRY_EVERY_MS = 500;
const MAX_TRIES = 40;

/** The tokens of the Service App in a blob, sealed: the container alone reveals nothing. */
export function createBlobTokenStore(storage: StorageClients, seal: Seal): TokenStore {
  const blobs = createVersionedBlobs(storage, CONTAINERS.tokens, 'tokens', { blobCacheControl: 'no-store' });
  return {
    async read() {
      const found = await blobs.read(RECORD);
      const text = found && seal.open(found.content);
      return { record: text === undefined ? undefined : decodeTokenRecord(text), version: found?.version };
    },
    write: (record, version) => blobs.write(RECORD, seal.close(JSON.stringify(record)), version),
  };
}

/** @throws where the text is not the JSON of a token record; the error does not quote the text */
export function decodeTokenRecord(text: string): TokenRecord {
  try {
    return tokenRecordSchema.parse(JSON.parse(text));
  } catch {
    throw new Error('The stored Webex tokens cannot be read: remove them to begin again');
  }
}

/** Waits until this instance is the only holder. A crashed holder's lease expires within a minute. */
export function createBlobLock(storage: StorageClients): Exclusively {
  const tryLock = createBlobLease(storage, CONTAINERS.tokens, LOCK);
  return async function withLock(run) {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const result = await tryLock(run);
      if (result !== HELD_ELSEWHERE) return result;
      await sleep(TRY_EVERY_MS);
    }
    throw new StorageUnavailable('tokens.lock', 'LeaseAlreadyPresent', undefined);
  };
}
