import * as z from 'zod';
import { CONTAINERS } from '../contract/names.ts';
import { stored } from '../contract/stored.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { KnownLicenses } from '../worker/known-catalogue.ts';
import { knownLicenseSchema } from '../worker/known-licenses.ts';
import type { StorageClients } from './clients.ts';
import { orOn, reach } from './reach.ts';

const fileSchema = stored({ licenses: z.array(knownLicenseSchema) });

const HEADERS = { blobContentType: 'application/json', blobCacheControl: 'no-cache' };

const toPath = (orgId = 'own') => `known-licenses/v1/${encodeURIComponent(orgId)}.json`;

/** A blob for each organization: a catalogue has too many rows for one row of a table. */
export function createBlobKnownLicenses(storage: StorageClients): KnownLicenses {
  const container = () => storage.container(CONTAINERS.catalogue);
  const create = async () => (await container()).createIfNotExists();

  return {
    async read(orgId) {
      const blob = (await container()).getBlockBlobClient(toPath(orgId));
      return reach('known-licenses.read', create, async () => {
        const there = await orOn([404], undefined, blob.getProperties());
        if (there?.etag === undefined) return { licenses: [], version: undefined };
        // Of the version whose ETag is kept: a newer one is noticed when this one is replaced.
        const content = await blob.downloadToBuffer(0, undefined, { conditions: { ifMatch: there.etag } });
        return { ...toFile(content), version: there.etag };
      });
    },

    async write(orgId, { version, ...known }) {
      const blob = (await container()).getBlockBlobClient(toPath(orgId));
      const body = JSON.stringify(known);
      const conditions = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
      const written = await reach('known-licenses.write', create, () =>
        orOn(
          [409, 412],
          undefined,
          blob.upload(body, Buffer.byteLength(body), { conditions, blobHTTPHeaders: HEADERS }),
        ),
      );
      return written ? { ...known, version: written.etag } : VERSION_CONFLICT;
    },
  };
}

/** It is a memory, not a record: a file that cannot be read is begun again. */
function toFile(content: Buffer): z.output<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(content.toString('utf8')));
  } catch {
    return { licenses: [] };
  }
}
