import type { SnapshotStore } from '../../inventory/ports.ts';
import type { SnapshotFile } from '../../inventory/publish/documents.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';

const READ_STARTED_AT = 'readstartedat';
const IMMUTABLE = 'public, max-age=31536000, immutable';

export function createBlobSnapshots(storage: StorageClients): SnapshotStore {
  const container = () => storage.container(CONTAINERS.inventory);
  const create = async () => (await container()).createIfNotExists();

  return {
    async read(path) {
      const blob = (await container()).getBlobClient(path);
      const bytes = await callStorage('snapshots.read', create, () =>
        ignoreStatus([404], undefined, blob.downloadToBuffer()),
      );
      return bytes?.toString('utf8');
    },

    async writeOnce(path, file) {
      const blob = (await container()).getBlockBlobClient(path);
      const written = await callStorage('snapshots.writeOnce', create, () => {
        const upload = blob.upload(file.body, Buffer.byteLength(file.body), {
          conditions: { ifNoneMatch: '*' },
          blobHTTPHeaders: toHeaders(file, IMMUTABLE),
        });
        return ignoreStatus([409, 412], undefined, upload);
      });
      if (written) return;
      const there = await callStorage('snapshots.writeOnce', create, () => blob.downloadToBuffer());
      if (!there.equals(Buffer.from(file.body))) throw new Error(`${path} is there, with another content`);
    },

    async write(path, file) {
      const blob = (await container()).getBlockBlobClient(path);
      await callStorage('snapshots.write', create, () =>
        blob.upload(file.body, Buffer.byteLength(file.body), {
          blobHTTPHeaders: toHeaders(file, 'no-cache'),
        }),
      );
    },

    async replaceOlder(path, file, readStartedAt) {
      const blob = (await container()).getBlockBlobClient(path);
      const replaced = await retryOnConflict(async () => {
        const there = await callStorage('snapshots.replaceOlder', create, () =>
          ignoreStatus([404], undefined, blob.getProperties()),
        );
        if (new Date(there?.metadata?.[READ_STARTED_AT] ?? 0) > readStartedAt) return false;
        const written = await callStorage('snapshots.replaceOlder', create, () => {
          const conditions = there?.etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: there.etag };
          const upload = blob.upload(file.body, Buffer.byteLength(file.body), {
            conditions,
            blobHTTPHeaders: toHeaders(file, 'no-cache'),
            metadata: { [READ_STARTED_AT]: readStartedAt.toISOString() },
          });
          return ignoreStatus([412], undefined, ignoreStatus([409], undefined, upload));
        });
        return written ? true : VERSION_CONFLICT;
      });
      if (replaced === VERSION_CONFLICT) throw new Error(`${path} was written by others again and again`);
      return replaced;
    },
  };
}

const toHeaders = ({ contentType }: SnapshotFile, cacheControl: string) => ({
  blobContentType: contentType,
  blobCacheControl: cacheControl,
});
