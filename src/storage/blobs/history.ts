import { Readable } from 'node:stream';
import type { HistoryStore } from '../../inventory/insight/history.ts';
import { readLines } from '../../inventory/run/lines.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';

const HEADERS = { blobContentType: 'application/x-ndjson', blobCacheControl: 'no-cache' };

/** Append blobs: one block for each run, so that a run's lines are there all or not at all. */
export function createBlobHistory(storage: StorageClients): HistoryStore {
  const container = () => storage.container(CONTAINERS.inventory);
  const create = async () => (await container()).createIfNotExists();

  return {
    async read(path) {
      const blob = (await container()).getAppendBlobClient(path);
      const found = await callStorage('history.read', create, () =>
        ignoreStatus([404], undefined, blob.download()),
      );
      return { lines: readLines(Readable.from(found?.readableStreamBody ?? [])), version: found?.etag };
    },

    async append(path, text, version) {
      const blob = (await container()).getAppendBlobClient(path);
      const call = async () => {
        const there =
          version ?? (await blob.create({ conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: HEADERS })).etag;
        if (there === undefined) throw new Error(`${path} has no ETag`);
        return blob.appendBlock(text, Buffer.byteLength(text), { conditions: { ifMatch: there } });
      };
      const written = await callStorage('history.append', create, () =>
        ignoreStatus([409, 412], undefined, call()),
      );
      return written ? 'appended' : VERSION_CONFLICT;
    },
  };
}
