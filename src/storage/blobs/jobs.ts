import { type Job, type JobStore, jobSchema } from '../../platform/jobs.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { listBlobs, openBlobs, openContainer } from '../resources.ts';
import { createVersionedBlobs } from './versioned-blobs.ts';

const OPEN = 'open/';
const toPath = (jobId: string) => `jobs/${jobId}.json`;
const toParts = (jobId: string) => `parts/${jobId}/`;
const toPartPath = (jobId: string, part: number) =>
  `${toParts(jobId)}${String(part).padStart(6, '0')}.ndjson`;

const PAGE = 500;
/** The next sweep continues. */
const MAX_PURGED = 500;

/** Jobs, each a blob whose version is its ETag, with its parts. A marker beside it names each that has not ended. */
export function createBlobJobs(storage: StorageClients): JobStore {
  const inContainer = openContainer(storage, CONTAINERS.jobs);
  const inBlob = openBlobs(storage, CONTAINERS.jobs);
  /** They name people. */
  const headers = { blobContentType: 'application/json', blobCacheControl: 'no-store' };
  const blobs = createVersionedBlobs(storage, CONTAINERS.jobs, 'jobs', headers);
  const remove = (name: string) => inBlob('jobs.remove', name, (blob) => blob.deleteIfExists());

  async function write({ version, ...job }: Job & { readonly version?: string }) {
    // The marker first: the sweep finds a job by its marker alone.
    if (version === undefined)
      await inBlob('jobs.write', `${OPEN}${job.jobId}`, (blob) => blob.upload('', 0));
    const written = await blobs.write(toPath(job.jobId), JSON.stringify(job), version);
    return written === VERSION_CONFLICT ? written : { ...job, version: written };
  }

  async function removeAll(prefix: string, isOld: (at: Date) => boolean): Promise<void> {
    let removed = 0;
    for await (const page of listBlobs(inContainer, 'jobs.remove', { prefix, pageSize: PAGE })) {
      for (const { name, properties } of page) {
        if (!isOld(properties.lastModified)) continue;
        await remove(name);
        removed += 1;
        if (removed >= MAX_PURGED) return;
      }
    }
  }

  return {
    write,
    async read(jobId) {
      const found = await blobs.read(toPath(jobId));
      return (
        found && {
          ...jobSchema.parse(JSON.parse(found.content.toString('utf8'))),
          version: found.version,
        }
      );
    },
    async writePart(jobId, part, text) {
      const options = { blobHTTPHeaders: { ...headers, blobContentType: 'application/x-ndjson' } };
      await inBlob('jobs.writePart', toPartPath(jobId, part), (blob) =>
        blob.upload(text, Buffer.byteLength(text), options),
      );
    },
    async readPart(jobId, part) {
      const found = await inBlob('jobs.readPart', toPartPath(jobId, part), (blob) =>
        ignoreStatus([404], blob.downloadToBuffer()),
      );
      return found?.toString('utf8');
    },
    async remove(jobId) {
      await remove(toPath(jobId));
      await remove(`${OPEN}${jobId}`);
      await removeAll(toParts(jobId), () => true);
    },
    async open(limit) {
      for await (const page of listBlobs(inContainer, 'jobs.open', { prefix: OPEN, pageSize: limit }))
        return page.map(({ name }) => name.slice(OPEN.length));
      return [];
    },
    async forgetOpen(jobId) {
      await remove(`${OPEN}${jobId}`);
    },
    purge: (unchangedSince) => removeAll('', (at) => at < unchangedSince),
  };
}
