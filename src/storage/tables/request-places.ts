import pMap from 'p-map';
import * as z from 'zod';
import type { Immutable } from '../../platform/stored.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { requestIdSchema } from '../../requests/license-request.ts';
import type { RequestRecord, StoredRequest } from '../../requests/record/record.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { createTableRecords } from './records.ts';
import type { Layout } from './row-layout.ts';
import { type Stored, toText, toWrittenAt } from './rows.ts';
import { SHARDS, toShard } from './shard.ts';

/** The place of a request: the person key of its row, by its id. */
const placeSchema = z.object({
  requestId: z.string(),
  personKey: z.string(),
  /** For another name of a dead letter: the id of the dead letter. */
  of: z.string().optional(),
});
type Place = Immutable<z.output<typeof placeSchema>>;

const placeLayout: Layout<Place> = {
  toColumns: ({ personKey, of }) => ({ personKey, ...(of !== undefined && { of }) }),
  fromRow: ({ rowKey, personKey, of }) => placeSchema.parse({ requestId: rowKey, personKey, of }),
  isOwn: (column) => column === 'personKey' || column === 'of',
};

const toLocation = (requestId: string) => ({ partitionKey: toShard(requestId), rowKey: requestId });

export const isRequestId = (text: string): boolean => requestIdSchema.safeParse(text).success;
/** Another name of a dead letter: no request id begins with `!`, so that the name stays free for a request. */
const toOtherName = (name: string) => `!${name}`;

/** Sorts after all characters of a request id. */
const LAST = '~';
const PAGE = 200;
const READS_AT_ONCE = 16;
const DAY_MS = 86_400_000;

type ReadRequest = (personKey: string, requestId: string) => Promise<StoredRequest | undefined>;

/**
 * The table that says where the row of a request is. A place without a request is harmless: a request with the same id
 * takes it over, and `purgeOrphans` removes it.
 * @param readAt reads a request at a place
 */
export function createRequestPlaces(storage: StorageClients, retentionMs: number, readAt: ReadRequest) {
  const places = createTableRecords<Place>(storage, {
    table: TABLES.requestIds,
    name: 'request-places',
    locate: ({ requestId }) => toLocation(requestId),
    layout: placeLayout,
  });
  const find = (requestId: string) => places.read(toLocation(requestId));
  let nextOrphans: string | undefined;
  let nextPassAt = new Date(0);

  return {
    find,

    /** @returns the existing request with this id, or when storage claimed the id for the new request */
    async claim({ requestId, personKey, acceptedAt }: RequestRecord): Promise<StoredRequest | Date> {
      const claimed = await retryOnConflict(async () => {
        const [place] = await places.add([{ requestId, personKey }]);
        if (place === undefined || place.added) return (place && toWrittenAt(place.record)) ?? acceptedAt;
        const existing = await readAt(place.record.personKey, requestId);
        if (existing) return existing;
        // The request was not written, or is being written. A new write protects its place from `purgeOrphans`.
        const written = await places.replace({ ...place.record, personKey });
        return written === VERSION_CONFLICT ? written : (toWrittenAt(written) ?? acceptedAt);
      });
      if (claimed !== VERSION_CONFLICT) return claimed;
      throw new Error(`${requestId}: each attempt to claim it met another writer`);
    },

    async move(requestId: string, personKey: string): Promise<void> {
      const place = await find(requestId);
      if (place && place.personKey !== personKey) await places.replace({ ...place, personKey });
    },

    async remove({ requestId, personKey }: StoredRequest): Promise<void> {
      const place = await find(requestId);
      if (place?.personKey === personKey) await places.removeUnindexed(place);
    },

    /** Adds other names of a dead letter. The latest dead letter with a name wins; of two at once, either. */
    async addNames({ requestId: of, personKey }: StoredRequest, names: readonly string[]): Promise<void> {
      for (const name of names.filter(isRequestId)) {
        const known = { requestId: toOtherName(name), personKey, of };
        const [place] = await places.add([known]);
        if (place && !place.added) await places.commit([{ ...place.record, ...known }]);
      }
    },

    /** The id of the dead letter with this other name. */
    findName: async (name: string): Promise<string | undefined> => (await find(toOtherName(name)))?.of,

    /** The ids that begin with a text, about `limit` at most. */
    async startingWith(idStart: string, limit: number): Promise<readonly string[]> {
      const range = `RowKey ge ${toText(idStart)} and RowKey lt ${toText(`${idStart}${LAST}`)}`;
      const found = await Promise.all(
        SHARDS.map((shard) => places.all(`PartitionKey eq '${shard}' and ${range}`, limit)),
      );
      return found.flatMap(({ records }) => records.map(({ requestId }) => requestId));
    },

    /**
     * Removes places without a request: a place is written before its request and removed after it, and the second
     * write may fail. An index row would cost each request a write, so each run scans a page of the places that are
     * older than the retention, and the whole table once a day.
     */
    async purgeOrphans(at: Date): Promise<number> {
      if (nextOrphans === undefined && at < nextPassAt) return 0;
      const before = new Date(at.getTime() - retentionMs - DAY_MS);
      const page = await places.page(`Timestamp lt datetime'${before.toISOString()}'`, PAGE, nextOrphans);
      nextOrphans = page.next;
      nextPassAt = new Date(at.getTime() + DAY_MS);
      const options = { concurrency: READS_AT_ONCE, stopOnError: false };
      const isRemoved = await pMap(page.records, removeOrphan, options);
      return isRemoved.filter(Boolean).length;
    },
  };

  async function removeOrphan(place: Stored<Place>): Promise<boolean> {
    if (await readAt(place.personKey, place.requestId)) return false;
    return places.removeUnindexed(place);
  }
}
