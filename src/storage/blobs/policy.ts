import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PolicyStore, PolicyVersions } from '../../policy/policy-source.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { listBlobs, openBlobs, openContainer } from '../resources.ts';

const POLICY = 'policy.yaml';
const LAST_GOOD = 'last-good.yaml';

/** The policy as a blob, read again when its ETag changes; without one, the file that is packaged with the app. */
export function createBlobPolicy(storage: StorageClients): PolicyStore & PolicyVersions {
  const inBlob = openBlobs(storage, CONTAINERS.policy);
  const inContainer = openContainer(storage, CONTAINERS.policy);
  return {
    async read(etag) {
      const found = await inBlob('policy.read', POLICY, (blob) => ignoreStatus([404], blob.getProperties()));
      if (found?.etag === undefined) return readPackaged(etag);
      if (found.etag === etag) return 'unchanged';
      const content = await inBlob('policy.read', POLICY, (blob) => blob.downloadToBuffer());
      return { content, etag: found.etag };
    },

    async keepVersion(version, content) {
      await inBlob('policy.keep', toVersionName(version), (blob) =>
        blob.upload(Buffer.from(content), content.length),
      );
      await inBlob('policy.keep', LAST_GOOD, (blob) => blob.upload(Buffer.from(content), content.length));
    },

    async touchVersion(version) {
      await inBlob('policy.touch', toVersionName(version), (blob) =>
        ignoreStatus([404], blob.setMetadata({})),
      );
    },

    async *listVersions() {
      for await (const blobs of listBlobs(inContainer, 'policy.versions', { prefix: VERSIONS }))
        yield blobs.map(({ name, properties: { lastModified, etag = '' } }) => ({
          ...{ version: name.slice(VERSIONS.length).replace(/\.yaml$/, ''), inForceAt: lastModified, etag },
        }));
    },

    async removeVersion({ version, etag }) {
      const options = { conditions: { ifMatch: etag } };
      const gone = await inBlob('policy.remove', toVersionName(version), (blob) =>
        ignoreStatus([404, 412], blob.delete(options)),
      );
      return gone !== undefined;
    },

    readLastGood: () =>
      inBlob('policy.read', LAST_GOOD, (blob) => ignoreStatus([404], blob.downloadToBuffer())),

    readVersion: (version) =>
      inBlob('policy.read', toVersionName(version), (blob) => ignoreStatus([404], blob.downloadToBuffer())),
  };
}

const VERSIONS = 'versions/';
const toVersionName = (version: string) => `${VERSIONS}${version}.yaml`;

async function readPackaged(etag: string | undefined) {
  const content = await readFile(POLICY).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const current = createHash('sha256').update(content).digest('hex');
  return current === etag ? ('unchanged' as const) : { content, etag: current };
}
