import * as z from 'zod';
import type { AttributeNames } from '../../hr/attribute-names.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const namesSchema = z.array(z.string());

/** The names of attributes that a source sends, a blob for each source beside the policy. */
export function createBlobAttributeNames(storage: StorageClients): AttributeNames {
  const headers = { blobContentType: 'application/json' };
  const blobs = createVersionedBlobs(storage, CONTAINERS.policy, 'attribute-names', headers);
  const toPath = (source: string) => `attribute-names/${source}.json`;
  return {
    async read(source) {
      const found = await blobs.read(toPath(source));
      if (found === undefined) return undefined;
      const names = namesSchema.parse(JSON.parse(found.content.toString('utf8')));
      return { names, version: found.version };
    },
    write: (source, names, version) => blobs.write(toPath(source), JSON.stringify(names), version),
  };
}
