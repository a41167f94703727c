import type { BlobHTTPHeaders } from '@azure/storage-blob';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { openBlobs } from '../resources.ts';

/** Small blobs that are replaced as a whole. The version of a blob is its ETag. */
export interface VersionedBlobs {
  read(path: string): Promise<{ readonly content: Buffer; readonly version: string } | undefined>;
  /** Replaces the version that was read; without a version, adds the blob. @returns the new version */
  write(
    path: string,
    content: string | Buffer,
    version: string | undefined,
  ): Promise<string | VersionConflict>;
}

/** A version conflict: the blob has changed, was added, or is gone. */
const CHANGED = [404, 409, 412];

/** @param name names the operation in failures of storage, such as `runs` */
export function createVersionedBlobs(
  storage: StorageClients,
  container: string,
  name: string,
  headers: BlobHTTPHeaders,
): VersionedBlobs {
  const inBlob = openBlobs(storage, container);
  return {
    // In one call: the content is that of the version.
    read: (path) =>
      inBlob(`${name}.read`, path, async (blob) => {
        const found = await ignoreStatus([404], blob.download());
        if (found === undefined) return undefined;
        const chunks: Buffer[] = [];
        for await (const chunk of found.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        return { content: Buffer.concat(chunks), version: found.etag ?? '' };
      }),

    async write(path, content, version) {
      const conditions = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
      const options = { conditions, blobHTTPHeaders: headers };
      const written = await inBlob(`${name}.write`, path, (blob) =>
        ignoreStatus(CHANGED, blob.upload(content, Buffer.byteLength(content), options)),
      );
      return written ? (written.etag ?? '') : VERSION_CONFLICT;
    },
  };
}
