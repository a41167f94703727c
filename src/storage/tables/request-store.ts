import * as z from 'zod';
import type { Immutable } from '../../platform/stored.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { requestIdSchema } from '../../requests/license-request.ts';
import { acceptAt } from '../../requests/record/accept.ts';
import type { StoredPerson } from '../../requests/record/person.ts';
import { type RequestRecord, type StoredRequest, toDueAt } from '../../requests/record/record.ts';
import { isOpen } from '../../requests/record/states.ts';
import type { RequestFilter, RequestStore } from '../../requests/store.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { DUE, toIndexEnd, toStateName } from './due-index.ts';
import { type Listing, listByState } from './list-by-state.ts';
import { createOrphanPlaces } from './orphan-places.ts';
import { createPurge, indexAgain, toEndedRange } from './purge.ts';
import { UnreadableRow } from './readable.ts';
import { createTableRecords } from './records.ts';
import {
  fitTogether,
  hasEnded,
  isListedByState,
  isRequest,
  locate,
  type RequestRow,
  requestShape,
  toPersonLocation,
  toRequestLocation,
  toSeatKey,
} from './request-rows.ts';
import type { Layout } from './row-layout.ts';
import { toText, toWrittenAt } from './rows.ts';
import { SHARDS, toShard } from './shard.ts';

/** More open requests of one person than anybody makes in earnest. */
const MAX_OPEN_OF_PERSON = 500;
/** Sorts after all there is. */
const END = '9';
/** Sorts after all that an id may hold. */
const LAST = '~';
/** What a purge looks through after the rows. */
const PLACES = 'places';

/** Where a request lies, by its id. */
const placeSchema = z.object({
  requestId: z.string(),
  personKey: z.string(),
  /** Of another name of a dead letter: its id. */
  of: z.string().optional(),
});
type Place = Immutable<z.output<typeof placeSchema>>;

/**
 * The ledger in Azure Tables. The rows of a person lie in one partition, so that a turn and the requests it is taken
 * for are written in one transaction; a second table says by its id where a request lies.
 * @param retentionMs for how long requests are kept once they are final, and people once nothing is asked for them
 */
export function createTableRequestStore(storage: StorageClients, retentionMs: number): RequestStore {
  const rows = createTableRecords<RequestRow>(storage, requestShape);
  const places = createTableRecords<Place>(storage, {
    table: TABLES.requestIds,
    name: 'request-places',
    locate: ({ requestId }) => toPlaceLocation(requestId),
    layout: placeLayout,
  });
  const readAt = async (personKey: string, requestId: string) =>
    toEntry(await rows.read(toRequestLocation(personKey, requestId)));

  const placeOf = (requestId: string) => places.read(toPlaceLocation(requestId));

  /** The place first: without its request it does no harm, and a request without a place could not be found. */
  async function addOne(record: RequestRecord, acceptedBy?: 'storage') {
    const claimed = await claimPlace(record);
    if (!(claimed instanceof Date)) return { added: false, record: claimed };
    const [added] = await rows.add([acceptedBy === 'storage' ? acceptAt(record, claimed) : record]);
    const stored = toEntry(added?.record);
    if (added === undefined || stored === undefined) throw new Error(`${record.requestId} was not added`);
    return { added: added.added, record: stored };
  }

  /** @returns the request that has the id already, or when it was claimed for this one */
  async function claimPlace({
    requestId,
    personKey,
    acceptedAt,
  }: RequestRecord): Promise<StoredRequest | Date> {
    const claimed = await retryOnConflict(async () => {
      const [place] = await places.add([{ requestId, personKey }]);
      if (place === undefined || place.added) return (place && toWrittenAt(place.record)) ?? acceptedAt;
      const existing = await readAt(place.record.personKey, requestId);
      if (existing) return existing;
      // A request that was never written, or is just being written, left it. It is written again, so that nothing that
      // takes it for abandoned removes it.
      const written = await places.replace({ ...place.record, personKey });
      return written === VERSION_CONFLICT ? written : (toWrittenAt(written) ?? acceptedAt);
    });
    if (claimed !== VERSION_CONFLICT) return claimed;
    throw new Error(`${requestId} was claimed by others again and again`);
  }

  /** Each step may have been done already by somebody who died after it. */
  async function finishMove({ version, movedTo: _to, ...record }: StoredRequest, personKey: string) {
    const { requestId } = record;
    await rows.add([{ ...record, personKey }]);
    const place = await placeOf(requestId);
    if (place && place.personKey !== personKey) await places.replace({ ...place, personKey });
    await rows.remove({ ...record, version });
  }

  /** The place last: one that is left behind does no harm, and is found. */
  async function removeRow(row: StoredRow): Promise<boolean> {
    const isGone = await rows.remove(row);
    if (isGone && isRequest(row)) {
      const place = await placeOf(row.requestId);
      if (place?.personKey === row.personKey) await places.removeUnchanged(place);
    }
    return isGone;
  }

  const purgeRows = createPurge<RequestRow>({
    records: rows,
    toRange: toEndedRange(SHARDS, retentionMs),
    remove: removeRow,
  });
  const purgePlaces = createOrphanPlaces<Place>({
    ...{ places, retentionMs },
    hasRequest: async ({ requestId, personKey }) => (await readAt(personKey, requestId)) !== undefined,
  });

  async function read(requestId: string): Promise<StoredRequest | undefined> {
    // Callers ask for what they like, and not every text can be a key.
    if (!isRequestId(requestId)) return undefined;
    const place = await placeOf(requestId);
    const record = place && (await readAt(place.personKey, requestId));
    if (record?.movedTo === undefined) return record;
    await finishMove(record, record.movedTo);
    return readAt(record.movedTo, requestId);
  }

  return {
    add: (records, acceptedBy) => Promise.all(records.map((record) => addOne(record, acceptedBy))),

    async addDeadLetter(record, names) {
      const dead = await addOne(record);
      const { personKey, requestId: of } = dead.record;
      for (const name of names.filter(isRequestId)) {
        const known = { requestId: toOtherName(name), personKey, of };
        const [place] = await places.add([known]);
        // The latest counts; of two at once, either.
        if (place && !place.added) await places.commit([{ ...place.record, ...known }]);
      }
      return dead;
    },

    read,

    async find(name) {
      const record = await read(name);
      if (record || !isRequestId(name)) return record;
      const place = await placeOf(toOtherName(name));
      return place?.of === undefined ? undefined : read(place.of);
    },

    async startingWith(idStart, limit) {
      const range = `RowKey ge ${toText(idStart)} and RowKey lt ${toText(`${idStart}${LAST}`)}`;
      const found = await Promise.all(
        SHARDS.map((shard) => places.all(`PartitionKey eq '${shard}' and ${range}`, limit)),
      );
      const requestIds = found.flatMap(({ records }) => records.map(({ requestId }) => requestId));
      const records = await Promise.all(requestIds.map(read));
      return records.filter((record) => record !== undefined);
    },

    async replace(record) {
      const written = await rows.replace(record);
      return written === VERSION_CONFLICT ? written : (toEntry(written) ?? VERSION_CONFLICT);
    },

    async readPerson(personKey) {
      const [from, to] = [`${personKey}.`, `${personKey}/`];
      const filter = `PartitionKey eq '${toShard(personKey)}' and RowKey ge '${from}' and RowKey lt '${to}' and (RowKey eq '${personKey}.p' or isOpen eq true)`;
      const { records, unreadable } = await rows.all(filter, MAX_OPEN_OF_PERSON);
      // Without the person, nobody knows whose turn it is; a request that cannot be read is the sweep's to name.
      const location = toPersonLocation(personKey);
      if (unreadable.some((key) => key.endsWith(location.rowKey)))
        throw new UnreadableRow('requests', location);
      return {
        person: records.map(toPerson).find(Boolean),
        open: records.flatMap((row) => toEntry(row) ?? []),
      };
    },

    async readName(personKey) {
      const row = await rows.read(toPersonLocation(personKey));
      return row && toPerson(row);
    },

    async commit(person, records) {
      const { partitionKey } = locate(person);
      const isTogether = records.every((record) => locate(record).partitionKey === partitionKey);
      const together = await rows.commit(isTogether ? [person, ...records] : [person]);
      if (together === VERSION_CONFLICT) return together;
      const [first, ...others] = together;
      const stored = first && toPerson(first);
      if (stored === undefined) return VERSION_CONFLICT;
      const written = isTogether ? others : await rows.commit(records);
      if (written !== VERSION_CONFLICT)
        return { person: stored, records: written.flatMap((row) => toEntry(row) ?? []) };
      // A lease without requests is given back; should that fail, it expires.
      const { holder: turn, ...free } = stored;
      if (turn) await rows.replace(free);
      return VERSION_CONFLICT;
    },

    fits: fitTogether,

    async move(record, personKey) {
      const { movedTo = personKey } = record;
      // From here on nobody else can end it where it was.
      const claimed = await rows.replace({ ...record, movedTo });
      const stored = claimed === VERSION_CONFLICT ? undefined : toEntry(claimed);
      if (stored) await finishMove(stored, movedTo);
      return stored === undefined ? VERSION_CONFLICT : 'moved';
    },

    async due(at, limit, next) {
      const range = { mark: DUE, partitionKeys: SHARDS, before: toIndexEnd(at) };
      const due = await rows.marked(range, limit, next);
      await indexAgain(rows, due.records.filter(hasEnded));
      const overdue = due.records.flatMap((row) => {
        const record = toEntry(row);
        const dueAt = record && toDueAt(record);
        // One that is worked on has kept its mark of before.
        return record && dueAt && dueAt <= at ? [record] : [];
      });
      return { records: overdue, unreadable: due.unreadable, next: due.next };
    },

    async purge(at, limit, next) {
      if (next === PLACES) return { purged: await purgePlaces(at), unreadable: [], next: undefined };
      const page = await purgeRows(at, limit, next);
      return { ...page, next: page.next ?? PLACES };
    },

    async waitingForSeats(licenseId, limit) {
      const range = { mark: toSeatKey(licenseId), partitionKeys: SHARDS, before: END };
      const { records } = await rows.firstIndexed(range, limit);
      return records.flatMap((row) => toEntry(row) ?? []);
    },

    async list(filter, limit, next) {
      const listing = toListing(filter);
      const page = listing
        ? listByState(rows, listing, limit, next)
        : rows.page(toFilter(filter), limit, next);
      const { records, unreadable, next: nextPage } = await page;
      return { records: records.flatMap((row) => toEntry(row) ?? []), unreadable, next: nextPage };
    },
  };
}

const placeLayout: Layout<Place> = {
  toColumns: ({ personKey, of }) => ({ personKey, ...(of !== undefined && { of }) }),
  fromRow: ({ rowKey, personKey, of }) => placeSchema.parse({ requestId: rowKey, personKey, of }),
  isOwn: (column) => column === 'personKey' || column === 'of',
};

const isRequestId = (text: string) => requestIdSchema.safeParse(text).success;
/** A name of a dead letter that it does not take: no id begins so. It is removed as an orphan is. */
const toOtherName = (name: string) => `!${name}`;

const toPlaceLocation = (requestId: string) => ({ partitionKey: toShard(requestId), rowKey: requestId });

type StoredRow = StoredRequest | StoredPerson;

const toEntry = (row: StoredRow | undefined): StoredRequest | undefined =>
  row && isRequest(row) ? row : undefined;
const toPerson = (row: StoredRow): StoredPerson | undefined => (isRequest(row) ? undefined : row);

/**
 * By the index of its state, where it has one: open requests by when they are due, which each of them has, and what
 * failed by when it did. A scan would look at each of a million rows to find ten. The rows of a person are a range.
 */
function toListing(filter: RequestFilter): Listing<RequestRow> | undefined {
  const { state, source, personKey } = filter;
  if (state === undefined || personKey !== undefined || !(isOpen(state) || isListedByState(state)))
    return undefined;
  const mark = isOpen(state) ? DUE : toStateName(state);
  return {
    range: { mark, partitionKeys: SHARDS, before: END },
    fits: (row) =>
      isRequest(row) && row.state === state && (source === undefined || row.request?.source === source),
    unmarked: isOpen(state) ? undefined : toFilter(filter),
  };
}

function toFilter({ state, source, personKey, waitingOrMovedSince }: RequestFilter): string {
  const parts = [
    ...(state === undefined ? [] : [`state eq '${state}'`]),
    // People have no state: they are not looked through.
    ...(waitingOrMovedSince === undefined
      ? []
      : [
          `state ge '' and (state eq 'waiting' or updatedAt ge datetime'${waitingOrMovedSince.toISOString()}')`,
        ]),
    ...(source === undefined ? [] : [`source eq ${toText(source)}`]),
    ...(personKey === undefined
      ? []
      : [
          `PartitionKey eq '${toShard(personKey)}' and RowKey ge '${personKey}.r.' and RowKey lt '${personKey}.r/'`,
        ]),
  ];
  return parts.join(' and ');
}
