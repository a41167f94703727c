import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PolicyStore } from '../../policy/policy-source.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';

const POLICY = 'policy.yaml';

/** The policy as a blob, read again when its ETag changes; without one, the file that is packaged with the app. */
export function createBlobPolicy(storage: StorageClients): PolicyStore {
  return {
    async read(etag) {
      const container = await storage.container(CONTAINERS.policy);
      const blob = container.getBlobClient(POLICY);
      const create = () => container.createIfNotExists();
      const there = await callStorage('policy.read', create, () =>
        ignoreStatus([404], undefined, blob.getProperties()),
      );
      if (there?.etag === undefined) return readPackaged(etag);
      if (there.etag === etag) return 'unchanged';
      const content = await callStorage('policy.read', create, () => blob.downloadToBuffer());
      return { content, etag: there.etag };
    },
  };
}

async function readPackaged(etag: string | undefined) {
  const content = await readFile(POLICY).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const current = createHash('sha256').update(content).digest('hex');
  return current === etag ? ('unchanged' as const) : { content, etag: current };
}
