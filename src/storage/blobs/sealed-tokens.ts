import { setTimeout as sleep } from 'node:timers/promises';
import { HELD_ELSEWHERE } from '../../platform/exclusively.ts';
import type { Seal } from '../../platform/seal.ts';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';
import type { Exclusively } from '../../webex/tokens/service-app.ts';
import type { TokenStore } from '../../webex/tokens/token-renewal.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createBlobLease } from './lease.ts';
import { decodeTokenRecord, encodeTokenRecord } from './token-record.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const RECORD = 'webex-service-app';
const LOCK = 'webex-service-app.lock';
const TRY_EVERY_MS = 500;
const MAX_TRIES = 40;

/** The tokens of the Service App in a blob, sealed: the container alone tells a reader nothing. */
export function createBlobTokenStore(storage: StorageClients, seal: Seal): TokenStore {
  const blobs = createVersionedBlobs(storage, {
    ...{ container: CONTAINERS.tokens, name: 'tokens' },
    headers: { blobCacheControl: 'no-store' },
  });
  return {
    async read() {
      const found = await blobs.read(RECORD);
      const text = found && seal.open(found.content);
      return { record: text === undefined ? undefined : decodeTokenRecord(text), version: found?.version };
    },
    write: (record, version) => blobs.write(RECORD, seal.close(encodeTokenRecord(record)), version),
  };
}

/** One holder over all instances, waited for. A holder that dies frees it within a minute. */
export function createBlobLock(storage: StorageClients): Exclusively {
  const tryLock = createBlobLease(storage, CONTAINERS.tokens, LOCK);
  return async (run) => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const end = await tryLock(run);
      if (end !== HELD_ELSEWHERE) return end;
      await sleep(TRY_EVERY_MS);
    }
    throw new StorageUnavailable('tokens.lock', 'LeaseAlreadyPresent', undefined);
  };
}
