import type { BlobHTTPHeaders } from '@azure/storage-blob';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { memoizeLast } from '../memoize-last.ts';

/** Small blobs that are replaced as a whole. The version of one is its ETag. */
export interface VersionedBlobs {
  read(path: string): Promise<{ readonly content: Buffer; readonly version: string } | undefined>;
  /** Replaces the version that was read; without one, adds the blob. @returns the new version */
  write(
    path: string,
    content: string | Buffer,
    version: string | undefined,
  ): Promise<string | VersionConflict>;
}

/** A version conflict: the blob has changed, was added, or is gone. */
const CHANGED = [404, 409, 412];

/** @param name what failures of storage are said to be during, such as `runs` */
export function createVersionedBlobs(
  storage: StorageClients,
  {
    container: containerName,
    name,
    headers,
  }: Readonly<Record<'container' | 'name', string>> & {
    readonly headers: BlobHTTPHeaders;
  },
): VersionedBlobs {
  const container = () => storage.container(containerName);
  const create = async () => (await container()).createIfNotExists();
  const blobOf = memoizeLast(async (path) => (await container()).getBlockBlobClient(path));

  return {
    async read(path) {
      const blob = await blobOf(path);
      // In one call: the content is that of the version.
      return callStorage(`${name}.read`, create, async () => {
        const found = await ignoreStatus([404], undefined, blob.download());
        if (found === undefined) return undefined;
        const chunks: Buffer[] = [];
        for await (const chunk of found.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        return { content: Buffer.concat(chunks), version: found.etag ?? '' };
      });
    },

    async write(path, content, version) {
      const blob = await blobOf(path);
      const conditions = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
      const options = { conditions, blobHTTPHeaders: headers };
      const written = await callStorage(`${name}.write`, create, () =>
        ignoreStatus(CHANGED, undefined, blob.upload(content, Buffer.byteLength(content), options)),
      );
      return written ? (written.etag ?? '') : VERSION_CONFLICT;
    },
  };
}
