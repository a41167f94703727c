import type { AssignmentStore } from '../../inventory/ports.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { openBlobs } from '../resources.ts';

const ASSIGNMENTS_CONTENT_TYPE = 'application/gzip';

/** The files name people: no shared cache may store them. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';

const toBlockId = (name: string) => Buffer.from(name).toString('base64');

/** Files of assignments as block blobs: readers do not see a block before its list is committed. */
export function createBlobAssignments(storage: StorageClients): AssignmentStore {
  const inBlob = openBlobs(storage, CONTAINERS.assignments);
  return {
    async stage(path, name, bytes) {
      await inBlob('assignments.stage', path, (blob) =>
        blob.stageBlock(toBlockId(name), bytes, bytes.length),
      );
    },

    async commit(path, names) {
      const headers = { blobContentType: ASSIGNMENTS_CONTENT_TYPE, blobCacheControl: CACHE_CONTROL };
      await inBlob('assignments.commit', path, (blob) =>
        blob.commitBlockList(names.map(toBlockId), { blobHTTPHeaders: headers }),
      );
    },

    async read(path) {
      const found = await inBlob('assignments.read', path, (blob) => ignoreStatus([404], blob.download()));
      return found?.readableStreamBody;
    },
  };
}
