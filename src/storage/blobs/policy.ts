import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PolicyStore } from '../../policy/policy-source.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { openBlobs } from '../resources.ts';

const POLICY = 'policy.yaml';
const LAST_GOOD = 'last-good.yaml';

/** The policy as a blob, read again when its ETag changes; without one, the file that is packaged with the app. */
export function createBlobPolicy(storage: StorageClients): PolicyStore {
  const inBlob = openBlobs(storage, CONTAINERS.policy);
  return {
    async read(etag) {
      const found = await inBlob('policy.read', POLICY, (blob) => ignoreStatus([404], blob.getProperties()));
      if (found?.etag === undefined) return readPackaged(etag);
      if (found.etag === etag) return 'unchanged';
      const content = await inBlob('policy.read', POLICY, (blob) => blob.downloadToBuffer());
      return { content, etag: found.etag };
    },

    async keepVersion(version, content) {
      const options = { conditions: { ifNoneMatch: '*' } };
      await inBlob('policy.keep', toVersionName(version), (blob) =>
        ignoreStatus([409, 412], blob.upload(Buffer.from(content), content.length, options)),
      );
      await inBlob('policy.keep', LAST_GOOD, (blob) => blob.upload(Buffer.from(content), content.length));
    },

    readLastGood: () =>
      inBlob('policy.read', LAST_GOOD, (blob) => ignoreStatus([404], blob.downloadToBuffer())),

    readVersion: (version) =>
      inBlob('policy.read', toVersionName(version), (blob) => ignoreStatus([404], blob.downloadToBuffer())),
  };
}

const toVersionName = (version: string) => `versions/${version}.yaml`;

async function readPackaged(etag: string | undefined) {
  const content = await readFile(POLICY).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const current = createHash('sha256').update(content).digest('hex');
  return current === etag ? ('unchanged' as const) : { content, etag: current };
}
