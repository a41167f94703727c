import { type ReevaluationStore, reevaluationSchema } from '../../hr/reevaluation.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const PATH = 'reevaluation.json';

/** How far the look at all people is, as a blob beside the policy. */
export function createBlobReevaluation(storage: StorageClients): ReevaluationStore {
  const headers = { blobContentType: 'application/json' };
  const blobs = createVersionedBlobs(storage, CONTAINERS.policy, 'reevaluation', headers);
  return {
    async read() {
      const found = await blobs.read(PATH);
      return (
        found && {
          state: reevaluationSchema.parse(JSON.parse(found.content.toString('utf8'))),
          version: found.version,
        }
      );
    },
    write: (state, version) => blobs.write(PATH, JSON.stringify(state), version),
  };
}
