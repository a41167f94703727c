import * as z from 'zod';
import { stored } from '../../platform/stored.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import type { KnownLicenses } from '../../worker/plan/known-catalogue.ts';
import { knownLicenseSchema } from '../../worker/plan/known-licenses.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const fileSchema = stored({ licenses: z.array(knownLicenseSchema) });

const toPath = (orgId = 'own') => `known-licenses/v1/${encodeURIComponent(orgId)}.json`;

/** A blob for each organization: a catalogue does not fit into a row of a table. */
export function createBlobKnownLicenses(storage: StorageClients): KnownLicenses {
  const blobs = createVersionedBlobs(storage, CONTAINERS.catalogue, 'known-licenses', {
    blobContentType: 'application/json',
    blobCacheControl: 'no-cache',
  });
  return {
    async read(orgId) {
      const found = await blobs.read(toPath(orgId));
      return found
        ? { ...toFile(found.content), version: found.version }
        : { licenses: [], version: undefined };
    },

    async write(orgId, { version: before, ...known }) {
      const version = await blobs.write(toPath(orgId), JSON.stringify(known), before);
      return version === VERSION_CONFLICT ? version : { ...known, version };
    },
  };
}

/** A cache: an unreadable file is replaced. */
function toFile(content: Buffer): z.output<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(content.toString('utf8')));
  } catch {
    return { licenses: [] };
  }
}
