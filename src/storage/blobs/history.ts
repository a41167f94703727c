import { Readable } from 'node:stream';
import type { HistoryStore } from '../../inventory/insight/history.ts';
import { readLines } from '../../inventory/insight/lines.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { openBlobs } from '../resources.ts';

const HEADERS = { blobContentType: 'application/x-ndjson', blobCacheControl: 'no-cache' };

/** Append blobs with one block for each run: a run's lines are all there or none of them. */
export function createBlobHistory(storage: StorageClients): HistoryStore {
  const inBlob = openBlobs(storage, CONTAINERS.inventory);
  return {
    async read(path) {
      const found = await inBlob('history.read', path, (blob) => ignoreStatus([404], blob.download()));
      return { lines: readLines(Readable.from(found?.readableStreamBody ?? [])), version: found?.etag };
    },

    async append(path, text, version) {
      const written = await inBlob('history.append', path, async (client) => {
        const blob = client.getAppendBlobClient();
        const add = async () => {
          const etag =
            version ??
            (await blob.create({ conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: HEADERS })).etag;
          if (etag === undefined) throw new Error(`${path} has no ETag`);
          return blob.appendBlock(text, Buffer.byteLength(text), { conditions: { ifMatch: etag } });
        };
        return ignoreStatus([409, 412], add());
      });
      return written ? 'appended' : VERSION_CONFLICT;
    },
  };
}
