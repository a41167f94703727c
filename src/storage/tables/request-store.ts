import * as z from 'zod';
import type { Immutable } from '../../platform/stored.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { requestIdSchema } from '../../requests/license-request.ts';
import { acceptAt } from '../../requests/record/accept.ts';
import type { StoredPerson } from '../../requests/record/person.ts';
import { type LedgerEntry, type StoredEntry, toDueAt } from '../../requests/record/record.ts';
import { isOpen } from '../../requests/record/states.ts';
import type { EntryFilter, Ledger } from '../../requests/store.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import { DUE, toMarkEnd, toStateName } from './due-index.ts';
import { type Listing, listByState } from './list-by-state.ts';
import { createOrphanPlaces } from './orphan-places.ts';
import { createPurge, markAgain, toEndedRange } from './purge.ts';
import { UnreadableRow } from './readable.ts';
import { createTableRecords } from './records.ts';
import {
  fitTogether,
  hasEnded,
  isEntry,
  isLookedFor,
  type LedgerRow,
  ledgerShape,
  locate,
  toEntryLocation,
  toPersonLocation,
  toSeatMark,
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
export function createTableLedger(storage: StorageClients, retentionMs: number): Ledger {
  const rows = createTableRecords<LedgerRow>(storage, ledgerShape);
  const places = createTableRecords<Place>(storage, {
    table: TABLES.requestIds,
    name: 'ledger-places',
    locate: ({ requestId }) => toPlaceLocation(requestId),
    layout: placeLayout,
  });
  const readAt = async (personKey: string, requestId: string) =>
    toEntry(await rows.read(toEntryLocation(personKey, requestId)));

  const placeOf = (requestId: string) => places.read(toPlaceLocation(requestId));

  /** The place first: without its request it does no harm, and a request without a place could not be found. */
  async function addOne(entry: LedgerEntry, acceptedBy?: 'storage') {
    const claimed = await claimPlace(entry);
    if (!(claimed instanceof Date)) return { added: false, entry: claimed };
    const [added] = await rows.add([acceptedBy === 'storage' ? acceptAt(entry, claimed) : entry]);
    const stored = toEntry(added?.entry);
    if (added === undefined || stored === undefined) throw new Error(`${entry.requestId} was not added`);
    return { added: added.added, entry: stored };
  }

  /** @returns the request that has the id already, or when it was claimed for this one */
  async function claimPlace({ requestId, personKey, acceptedAt }: LedgerEntry): Promise<StoredEntry | Date> {
    const claimed = await retryOnConflict(async () => {
      const [place] = await places.add([{ requestId, personKey }]);
      if (place === undefined || place.added) return (place && toWrittenAt(place.entry)) ?? acceptedAt;
      const existing = await readAt(place.entry.personKey, requestId);
      if (existing) return existing;
      // A request that was never written, or is just being written, left it. It is written again, so that nothing that
      // takes it for abandoned removes it.
      const written = await places.replace({ ...place.entry, personKey });
      return written === VERSION_CONFLICT ? written : (toWrittenAt(written) ?? acceptedAt);
    });
    if (claimed !== VERSION_CONFLICT) return claimed;
    throw new Error(`${requestId} was claimed by others again and again`);
  }

  /** Each step may have been done already by somebody who died after it. */
  async function finishMove({ version, movedTo: _to, ...entry }: StoredEntry, personKey: string) {
    const { requestId } = entry;
    await rows.add([{ ...entry, personKey }]);
    const place = await placeOf(requestId);
    if (place && place.personKey !== personKey) await places.replace({ ...place, personKey });
    await rows.remove({ ...entry, version });
  }

  /** The place last: one that is left behind does no harm, and is found. */
  async function removeRow(row: StoredRow): Promise<boolean> {
    const isGone = await rows.remove(row);
    if (isGone && isEntry(row)) {
      const place = await placeOf(row.requestId);
      if (place?.personKey === row.personKey) await places.removeUnchanged(place);
    }
    return isGone;
  }

  const purgeRows = createPurge<LedgerRow>({
    records: rows,
    toRange: toEndedRange(SHARDS, retentionMs),
    remove: removeRow,
  });
  const purgePlaces = createOrphanPlaces<Place>({
    ...{ places, retentionMs },
    hasRequest: async ({ requestId, personKey }) => (await readAt(personKey, requestId)) !== undefined,
  });

  async function read(requestId: string): Promise<StoredEntry | undefined> {
    // Callers ask for what they like, and not every text can be a key.
    if (!isRequestId(requestId)) return undefined;
    const place = await placeOf(requestId);
    const entry = place && (await readAt(place.personKey, requestId));
    if (entry?.movedTo === undefined) return entry;
    await finishMove(entry, entry.movedTo);
    return readAt(entry.movedTo, requestId);
  }

  return {
    add: (entries, acceptedBy) => Promise.all(entries.map((entry) => addOne(entry, acceptedBy))),

    async addDeadLetter(entry, names) {
      const dead = await addOne(entry);
      const { personKey, requestId: of } = dead.entry;
      for (const name of names.filter(isRequestId)) {
        const known = { requestId: toOtherName(name), personKey, of };
        const [place] = await places.add([known]);
        // The latest counts; of two at once, either.
        if (place && !place.added) await places.commit([{ ...place.entry, ...known }]);
      }
      return dead;
    },

    read,

    async find(name) {
      const entry = await read(name);
      if (entry || !isRequestId(name)) return entry;
      const place = await placeOf(toOtherName(name));
      return place?.of === undefined ? undefined : read(place.of);
    },

    async startingWith(idStart, limit) {
      const range = `RowKey ge ${toText(idStart)} and RowKey lt ${toText(`${idStart}${LAST}`)}`;
      const found = await Promise.all(
        SHARDS.map((shard) => places.all(`PartitionKey eq '${shard}' and ${range}`, limit)),
      );
      const requestIds = found.flatMap(({ records }) => records.map(({ requestId }) => requestId));
      const entries = await Promise.all(requestIds.map(read));
      return entries.filter((entry) => entry !== undefined);
    },

    async replace(entry) {
      const written = await rows.replace(entry);
      return written === VERSION_CONFLICT ? written : (toEntry(written) ?? VERSION_CONFLICT);
    },

    async readPerson(personKey) {
      const [from, to] = [`${personKey}.`, `${personKey}/`];
      const filter = `PartitionKey eq '${toShard(personKey)}' and RowKey ge '${from}' and RowKey lt '${to}' and (RowKey eq '${personKey}.p' or isOpen eq true)`;
      const { records, unreadable } = await rows.all(filter, MAX_OPEN_OF_PERSON);
      // Without the person, nobody knows whose turn it is; a request that cannot be read is the sweep's to name.
      const location = toPersonLocation(personKey);
      if (unreadable.some((key) => key.endsWith(location.rowKey)))
        throw new UnreadableRow('ledger', location);
      return {
        person: records.map(toPerson).find(Boolean),
        open: records.flatMap((row) => toEntry(row) ?? []),
      };
    },

    async readName(personKey) {
      const row = await rows.read(toPersonLocation(personKey));
      return row && toPerson(row);
    },

    async commit(person, entries) {
      const { partitionKey } = locate(person);
      const isTogether = entries.every((entry) => locate(entry).partitionKey === partitionKey);
      const together = await rows.commit(isTogether ? [person, ...entries] : [person]);
      if (together === VERSION_CONFLICT) return together;
      const [first, ...others] = together;
      const stored = first && toPerson(first);
      if (stored === undefined) return VERSION_CONFLICT;
      const written = isTogether ? others : await rows.commit(entries);
      if (written !== VERSION_CONFLICT)
        return { person: stored, entries: written.flatMap((row) => toEntry(row) ?? []) };
      // A lease without requests is given back; should that fail, it expires.
      const { turn, ...free } = stored;
      if (turn) await rows.replace(free);
      return VERSION_CONFLICT;
    },

    fits: fitTogether,

    async move(entry, personKey) {
      const { movedTo = personKey } = entry;
      // From here on nobody else can end it where it was.
      const claimed = await rows.replace({ ...entry, movedTo });
      const stored = claimed === VERSION_CONFLICT ? undefined : toEntry(claimed);
      if (stored) await finishMove(stored, movedTo);
      return stored === undefined ? VERSION_CONFLICT : 'moved';
    },

    async due(at, limit, next) {
      const range = { mark: DUE, partitionKeys: SHARDS, before: toMarkEnd(at) };
      const due = await rows.marked(range, limit, next);
      await markAgain(rows, due.records.filter(hasEnded));
      const overdue = due.records.flatMap((row) => {
        const entry = toEntry(row);
        const dueAt = entry && toDueAt(entry);
        // One that is worked on has kept its mark of before.
        return entry && dueAt && dueAt <= at ? [entry] : [];
      });
      return { entries: overdue, unreadable: due.unreadable, next: due.next };
    },

    async purge(at, limit, next) {
      if (next === PLACES) return { purged: await purgePlaces(at), unreadable: [], next: undefined };
      const page = await purgeRows(at, limit, next);
      return { ...page, next: page.next ?? PLACES };
    },

    async waitingForSeats(licenseId, limit) {
      const range = { mark: toSeatMark(licenseId), partitionKeys: SHARDS, before: END };
      const { records } = await rows.firstMarked(range, limit);
      return records.flatMap((row) => toEntry(row) ?? []);
    },

    async list(filter, limit, next) {
      const listing = toListing(filter);
      const page = listing
        ? listByState(rows, listing, limit, next)
        : rows.page(toFilter(filter), limit, next);
      const { records, unreadable, next: nextPage } = await page;
      return { entries: records.flatMap((row) => toEntry(row) ?? []), unreadable, next: nextPage };
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

type StoredRow = StoredEntry | StoredPerson;

const toEntry = (row: StoredRow | undefined): StoredEntry | undefined =>
  row && isEntry(row) ? row : undefined;
const toPerson = (row: StoredRow): StoredPerson | undefined => (isEntry(row) ? undefined : row);

/**
 * By the index of its state, where it has one: open requests by when they are due, which each of them has, and what
 * failed by when it did. A scan would look at each of a million rows to find ten. The rows of a person are a range.
 */
function toListing(filter: EntryFilter): Listing<LedgerRow> | undefined {
  const { state, source, personKey } = filter;
  if (state === undefined || personKey !== undefined || !(isOpen(state) || isLookedFor(state)))
    return undefined;
  const mark = isOpen(state) ? DUE : toStateName(state);
  return {
    range: { mark, partitionKeys: SHARDS, before: END },
    fits: (row) =>
      isEntry(row) && row.state === state && (source === undefined || row.request?.source === source),
    unmarked: isOpen(state) ? undefined : toFilter(filter),
  };
}

function toFilter({ state, source, personKey, waitingOrMovedSince }: EntryFilter): string {
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
