import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import * as z from 'zod';
import type { HrBatches } from '../../hr/batches.ts';
import { hrEventSchema } from '../../hr/hr-event.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';
import { listBlobs, openBlobs, openContainer } from '../resources.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);
/** A body has at most 256 KiB; as events, with the names of their members, it is several times as long. */
const MAX_UNPACKED_BYTES = 64 * 1_024 * 1_024;
const MAX_PAGES = 20;
/** Events name people. */
const HEADERS = { blobContentType: 'application/gzip', blobCacheControl: 'no-store' };

/** `Last-Modified` has whole seconds: within a second, the clock of the instance counts. */
const RESOLUTION_MS = 1_000;

const batchSchema = z.looseObject({
  events: z.array(hrEventSchema),
  key: z.string(),
  receivedAt: z.coerce.date(),
});

/** Each batch is a blob, named by the hash of its events: a body that is sent twice is one batch. */
export function createBlobHrBatches(storage: StorageClients): HrBatches {
  const inContainer = openContainer(storage, CONTAINERS.hrBatches);
  const inBlob = openBlobs(storage, CONTAINERS.hrBatches);
  return {
    async keep(batch) {
      const ids = batch.events.map(({ source, eventId }) => [source, eventId]);
      const name = createHash('sha256').update(JSON.stringify(ids)).digest('hex');
      const bytes = await pack(JSON.stringify(batch));
      // The first one stays: it says when its events were received.
      const options = { conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: HEADERS };
      await inBlob('hr-batches.keep', name, (blob) =>
        ignoreStatus([409, 412], blob.upload(bytes, bytes.length, options)),
      );
      return name;
    },

    async read(name) {
      const found = await inBlob('hr-batches.read', name, (blob) =>
        ignoreStatus([404], Promise.all([blob.downloadToBuffer(), blob.getProperties()])),
      );
      if (found === undefined) return undefined;
      const [bytes, { lastModified }] = found;
      const text = (await unpack(bytes, { maxOutputLength: MAX_UNPACKED_BYTES })).toString('utf8');
      const batch = batchSchema.parse(JSON.parse(text));
      return { ...batch, receivedAt: toWithin(batch.receivedAt, lastModified) };
    },

    async remove(name) {
      await inBlob('hr-batches.remove', name, (blob) => blob.deleteIfExists());
    },

    async leftBehind(before, limit) {
      const names: string[] = [];
      let pages = 0;
      for await (const blobs of listBlobs(inContainer, 'hr-batches.leftBehind', { pageSize: limit })) {
        for (const { name, properties } of blobs) if (properties.lastModified < before) names.push(name);
        pages += 1;
        if (names.length >= limit || pages >= MAX_PAGES) break;
      }
      return names.slice(0, limit);
    },
  };
}

/** The time of the instance, moved into the second in which storage wrote the blob. */
function toWithin(at: Date, writtenAt: Date | undefined): Date {
  if (writtenAt === undefined) return at;
  const fromMs = writtenAt.getTime();
  return new Date(Math.min(Math.max(at.getTime(), fromMs), fromMs + RESOLUTION_MS - 1));
}
