import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import * as z from 'zod';
import type { HrBatches } from '../../hr/batches.ts';
import { hrEventSchema } from '../../hr/hr-event.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { CONTAINERS } from '../names.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);
/** A body has at most 256 KiB; its events, each with the names of its members, are some times as long. */
const MAX_UNPACKED_BYTES = 64 * 1_024 * 1_024;
const MAX_PAGES = 20;
/** Events name people. */
const HEADERS = { blobContentType: 'application/gzip', blobCacheControl: 'no-store' };

/** Storage says when a blob was written in whole seconds; within these, the clock of the instance counts. */
const RESOLUTION_MS = 1_000;

const batchSchema = z.looseObject({
  events: z.array(hrEventSchema),
  key: z.string(),
  receivedAt: z.coerce.date(),
});

/** Each batch is a blob, named by its events, so that a body that is sent again is the same one. */
export function createBlobHrBatches(storage: StorageClients): HrBatches {
  const container = () => storage.container(CONTAINERS.hrBatches);
  const create = async () => (await container()).createIfNotExists();
  const blobOf = async (name: string) => (await container()).getBlockBlobClient(name);

  return {
    async keep(batch) {
      const ids = batch.events.map(({ source, eventId }) => [source, eventId]);
      const name = createHash('sha256').update(JSON.stringify(ids)).digest('hex');
      const bytes = await pack(JSON.stringify(batch));
      const blob = await blobOf(name);
      // The first one stays: it says when its events were received.
      await callStorage('hr-batches.keep', create, () =>
        ignoreStatus(
          [409, 412],
          undefined,
          blob.upload(bytes, bytes.length, { conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: HEADERS }),
        ),
      );
      return name;
    },

    async read(name) {
      const blob = await blobOf(name);
      const [bytes, written] = await callStorage('hr-batches.read', create, () =>
        ignoreStatus([404], [], Promise.all([blob.downloadToBuffer(), blob.getProperties()])),
      );
      if (bytes === undefined) return undefined;
      const text = (await unpack(bytes, { maxOutputLength: MAX_UNPACKED_BYTES })).toString('utf8');
      const batch = batchSchema.parse(JSON.parse(text));
      return { ...batch, receivedAt: within(batch.receivedAt, written?.lastModified) };
    },

    async remove(name) {
      const blob = await blobOf(name);
      await callStorage('hr-batches.remove', create, () => blob.deleteIfExists());
    },

    async leftBehind(before, limit) {
      const pages = (await container()).listBlobsFlat().byPage({ maxPageSize: limit });
      const names: string[] = [];
      for (let page = 0; page < MAX_PAGES && names.length < limit; page += 1) {
        const next = await callStorage('hr-batches.leftBehind', create, () => pages.next());
        if (next.done) break;
        for (const { name, properties } of next.value.segment.blobItems)
          if (properties.lastModified < before) names.push(name);
      }
      return names.slice(0, limit);
    },
  };
}

/** The time of the instance, where storage's clock agrees. */
function within(at: Date, writtenAt: Date | undefined): Date {
  if (writtenAt === undefined) return at;
  const fromMs = writtenAt.getTime();
  return new Date(Math.min(Math.max(at.getTime(), fromMs), fromMs + RESOLUTION_MS - 1));
}
