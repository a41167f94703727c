import type { DriftFiles } from '../../hr/drift/ground.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { openBlobs } from '../resources.ts';

const toBlockId = (name: string) => Buffer.from(name).toString('base64');

/** The lines of a drift, beside the people snapshot: a block blob that no cache may keep. */
export function createBlobDriftFiles(storage: StorageClients): DriftFiles {
  const inBlob = openBlobs(storage, CONTAINERS.people);
  return {
    async stage(path, name, bytes) {
      await inBlob('drift.stage', path, (blob) => blob.stageBlock(toBlockId(name), bytes, bytes.length));
    },

    async commit(path, names) {
      const headers = { blobContentType: 'application/gzip', blobCacheControl: 'no-store' };
      await inBlob('drift.commit', path, (blob) =>
        blob.commitBlockList(names.map(toBlockId), { blobHTTPHeaders: headers }),
      );
    },
  };
}
