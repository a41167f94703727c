import type { AssignmentStore } from '../../inventory/ports.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { memoizeLast } from '../memoize-last.ts';
import { CONTAINERS } from '../names.ts';

export const ASSIGNMENTS_CONTENT_TYPE = 'application/gzip';

/** They name people: no cache that several readers share may keep them. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';

/** Files of assignments as block blobs: blocks wait, unseen, until their list is committed. */
export function createBlobAssignments(storage: StorageClients): AssignmentStore {
  const container = () => storage.container(CONTAINERS.assignments);
  const create = async () => (await container()).createIfNotExists();
  const blobOf = memoizeLast(async (path) => (await container()).getBlockBlobClient(path));
  const toBlockId = (name: string) => Buffer.from(name).toString('base64');

  return {
    async stage(path, name, bytes) {
      const blob = await blobOf(path);
      await callStorage('assignments.stage', create, () =>
        blob.stageBlock(toBlockId(name), bytes, bytes.length),
      );
    },

    async commit(path, names) {
      const blob = (await container()).getBlockBlobClient(path);
      await callStorage('assignments.commit', create, () =>
        blob.commitBlockList(names.map(toBlockId), {
          blobHTTPHeaders: { blobContentType: ASSIGNMENTS_CONTENT_TYPE, blobCacheControl: CACHE_CONTROL },
        }),
      );
    },

    async exists(path) {
      const blob = (await container()).getBlobClient(path);
      return callStorage('assignments.exists', create, () => blob.exists());
    },

    async read(path, range) {
      const blob = await blobOf(path);
      const answer = await callStorage('assignments.read', create, () =>
        ignoreStatus([404], undefined, blob.download(range?.offset, range?.bytes)),
      );
      return answer?.readableStreamBody;
    },
  };
}
