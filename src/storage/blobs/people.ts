import pMap from 'p-map';
import type { PeopleStore } from '../../people/ports.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { listBlobs, openContainer } from '../resources.ts';

const REMOVED_AT_ONCE = 8;

/** The people snapshots, as block blobs that no cache may keep. */
export function createBlobPeople(storage: StorageClients): PeopleStore {
  const inContainer = openContainer(storage, CONTAINERS.people);
  return {
    async write(path, bytes) {
      const blobContentType = path.endsWith('.gz') ? 'application/gzip' : 'application/json';
      const options = { blobHTTPHeaders: { blobContentType, blobCacheControl: 'no-store' } };
      await inContainer('people.write', (container) =>
        container.getBlockBlobClient(path).upload(bytes, bytes.length, options),
      );
    },

    read: (path, range) =>
      inContainer('people.read', async (container) => {
        const download = container.getBlobClient(path).download(range?.offset, range?.bytes);
        const found = await ignoreStatus([404], download);
        if (found === undefined) return undefined;
        const chunks: Buffer[] = [];
        for await (const chunk of found.readableStreamBody ?? [])
          chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
        return Buffer.concat(chunks);
      }),

    async removeOthers(folder, kept) {
      const remove = (name: string) =>
        inContainer('people.remove', (container) => container.getBlobClient(name).deleteIfExists());
      for await (const blobs of listBlobs(inContainer, 'people.list', { prefix: `${folder}/` })) {
        const old = blobs.filter(({ name }) => {
          const [top = '', ...rest] = name.slice(folder.length + 1).split('/');
          return rest.length > 0 && !kept.includes(top);
        });
        await pMap(old, ({ name }) => remove(name), { concurrency: REMOVED_AT_ONCE });
      }
    },
  };
}
