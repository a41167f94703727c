import { type FirstAdoptionStore, firstAdoptionSchema } from '../../hr/adoption/first-adoption.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const PATH = 'first-adoption.json';

/** The adoption that begins by itself, as a blob beside the policy. */
export function createBlobFirstAdoption(storage: StorageClients): FirstAdoptionStore {
  const headers = { blobContentType: 'application/json' };
  const blobs = createVersionedBlobs(storage, CONTAINERS.policy, 'first-adoption', headers);
  return {
    async read() {
      const found = await blobs.read(PATH);
      return (
        found && {
          state: firstAdoptionSchema.parse(JSON.parse(found.content.toString('utf8'))),
          version: found.version,
        }
      );
    },
    write: (state, version) => blobs.write(PATH, JSON.stringify(state), version),
  };
}
