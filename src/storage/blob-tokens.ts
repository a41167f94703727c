import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobClient } from '@azure/storage-blob';
import { CONTAINERS } from '../contract/names.ts';
import { HELD_ELSEWHERE } from '../platform/exclusively.ts';
import type { Seal } from '../platform/seal.ts';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { Exclusively } from '../webex/service-app.ts';
import type { TokenStore } from '../webex/token-renewal.ts';
import { createBlobLease } from './blob-lease.ts';
import type { StorageClients } from './clients.ts';
import { orOn, reach } from './reach.ts';
import { decodeTokenRecord, encodeTokenRecord } from './token-record.ts';

const RECORD = 'webex-service-app';
const LOCK = 'webex-service-app.lock';
const TRY_EVERY_MS = 500;
const MAX_TRIES = 40;

/** The tokens of the Service App in a blob, sealed: whoever reads the container learns nothing. */
export function createBlobTokenStore(storage: StorageClients, seal: Seal): TokenStore {
  const container = () => storage.container(CONTAINERS.tokens);
  const create = async () => (await container()).createIfNotExists();
  return {
    async read() {
      const blob = (await container()).getBlobClient(RECORD);
      const found = await reach('tokens.read', create, () => orOn([404], undefined, download(blob)));
      const text = found && seal.open(found.sealed);
      return { record: text === undefined ? undefined : decodeTokenRecord(text), version: found?.version };
    },
    async write(record, version) {
      const blob = (await container()).getBlockBlobClient(RECORD);
      const sealed = seal.close(encodeTokenRecord(record));
      const conditions = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
      const written = await reach('tokens.write', create, () =>
        orOn(
          [409, 412],
          undefined,
          blob.upload(sealed, sealed.length, {
            conditions,
            blobHTTPHeaders: { blobCacheControl: 'no-store' },
          }),
        ),
      );
      return written ? (written.etag ?? '') : VERSION_CONFLICT;
    },
  };
}

async function download(blob: BlobClient) {
  const { etag: version, readableStreamBody } = await blob.download();
  const chunks: Buffer[] = [];
  for await (const chunk of readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
  return { sealed: Buffer.concat(chunks), version };
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
