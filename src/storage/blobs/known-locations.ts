import * as z from 'zod';
import { stored } from '../../platform/stored.ts';
import type { LocationStore } from '../../webex/known-locations.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const fileSchema = stored({ locations: z.array(stored({ id: z.string(), name: z.string() })) });

const PATH = 'known-locations/v1/own.json';

/** A blob with the locations of the token's own organization. */
export function createBlobKnownLocations(storage: StorageClients): LocationStore {
  const blobs = createVersionedBlobs(storage, CONTAINERS.catalogue, 'known-locations', {
    blobContentType: 'application/json',
    blobCacheControl: 'no-cache',
  });
  return {
    async read() {
      const found = await blobs.read(PATH);
      return found && toLocations(found.content);
    },
    async write(locations) {
      const content = JSON.stringify({ locations });
      const before = await blobs.read(PATH);
      if (before?.content.toString('utf8') === content) return;
      // A version conflict: another instance has stored what it read just now.
      await blobs.write(PATH, content, before?.version);
    },
  };
}

/** A cache: an unreadable file is none. */
function toLocations(content: Buffer) {
  try {
    return fileSchema.parse(JSON.parse(content.toString('utf8'))).locations;
  } catch {
    return undefined;
  }
}
