import type { BlockBlobClient, BlockBlobUploadOptions } from '@azure/storage-blob';
import type { SnapshotStore } from '../../inventory/ports.ts';
import type { SnapshotFile } from '../../inventory/publish/documents.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { openBlobs } from '../resources.ts';

const READ_STARTED_AT = 'readstartedat';
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** The conditions of a write do not hold. */
const CHANGED = [409, 412];

/** The published inventory. */
export function createBlobSnapshots(storage: StorageClients): SnapshotStore {
  const inBlob = openBlobs(storage, CONTAINERS.inventory);
  return {
    async read(path) {
      const bytes = await inBlob('snapshots.read', path, (blob) =>
        ignoreStatus([404], blob.downloadToBuffer()),
      );
      return bytes?.toString('utf8');
    },

    async writeOnce(path, file) {
      const isNew = await inBlob('snapshots.writeOnce', path, (blob) =>
        ignoreStatus(CHANGED, upload(blob, file, IMMUTABLE, { conditions: { ifNoneMatch: '*' } })),
      );
      if (isNew) return;
      const written = await inBlob('snapshots.writeOnce', path, (blob) => blob.downloadToBuffer());
      if (!written.equals(Buffer.from(file.body))) throw new Error(`${path} is there, with another content`);
    },

    async write(path, file) {
      await inBlob('snapshots.write', path, (blob) => upload(blob, file, 'no-cache'));
    },

    async replaceOlder(path, file, readStartedAt) {
      const replaced = await retryOnConflict(async () => {
        const found = await inBlob('snapshots.replaceOlder', path, (blob) =>
          ignoreStatus([404], blob.getProperties()),
        );
        if (new Date(found?.metadata?.[READ_STARTED_AT] ?? 0) > readStartedAt) return false;
        const options = {
          conditions: found?.etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: found.etag },
          metadata: { [READ_STARTED_AT]: readStartedAt.toISOString() },
        };
        const written = await inBlob('snapshots.replaceOlder', path, (blob) =>
          ignoreStatus(CHANGED, upload(blob, file, 'no-cache', options)),
        );
        return written ? true : VERSION_CONFLICT;
      });
      if (replaced === VERSION_CONFLICT) throw new Error(`${path}: each attempt met another writer`);
      return replaced;
    },
  };
}

function upload(
  blob: BlockBlobClient,
  { body, contentType }: SnapshotFile,
  cacheControl: string,
  options: BlockBlobUploadOptions = {},
) {
  const blobHTTPHeaders = { blobContentType: contentType, blobCacheControl: cacheControl };
  return blob.upload(body, Buffer.byteLength(body), { ...options, blobHTTPHeaders });
}
