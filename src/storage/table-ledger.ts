import * as z from 'zod';
import { TABLES } from '../contract/names.ts';
import { type LedgerEntry, type StoredEntry, toDueAt } from '../ledger/entry.ts';
import { CHANGED_MEANWHILE, type EntryFilter, type Ledger } from '../ledger/ledger.ts';
import type { StoredPerson } from '../ledger/person.ts';
import type { StorageClients } from './clients.ts';
import { DUE, toDueText } from './due.ts';
import {
  fromColumns,
  isEntry,
  type LedgerRow,
  locate,
  toColumns,
  toEntryLocation,
  toMarks,
  toPersonLocation,
  toSeatMark,
} from './ledger-rows.ts';
import { UnreadableRow } from './readable.ts';
import { SHARDS, toShard } from './shard.ts';
import { createTableRecords } from './table-records.ts';

/** More open requests of one person than anybody makes in earnest. */
const MAX_OPEN_OF_PERSON = 500;
/** Sorts after all there is. */
const END = '9';
/** Sorts after all that an id may hold. */
const LAST = '~';

/** Where a request lies, by its id. */
interface Place {
  readonly requestId: string;
  readonly personKey: string;
}

/**
 * The ledger in Azure Tables. The rows of a person lie in one partition, so that a turn and the requests it is taken
 * for are written in one transaction; a second table says by its id where a request lies.
 * @param retentionMs for how long requests are kept once they are final, and people once nothing is asked for them
 */
export function createTableLedger(storage: StorageClients, retentionMs: number): Ledger {
  const rows = createTableRecords<LedgerRow>(storage, {
    table: TABLES.requests,
    name: 'ledger',
    locate,
    toColumns,
    fromRow: fromColumns,
    marks: (row, before) => toMarks(row, before, retentionMs),
  });
  const places = createTableRecords<Place>(storage, {
    table: TABLES.requestIds,
    name: 'ledger-places',
    locate: ({ requestId }) => toPlaceLocation(requestId),
    toColumns: ({ personKey }) => ({ personKey }),
    fromRow: (row) => {
      const { rowKey: requestId, personKey } = placeRowSchema.parse(row);
      return { requestId, personKey };
    },
  });
  const readAt = async (personKey: string, requestId: string) =>
    toEntry(await rows.read(toEntryLocation(personKey, requestId)));

  async function addOne(entry: LedgerEntry) {
    const { requestId, personKey } = entry;
    const [place] = await places.add([{ requestId, personKey }]);
    const isElsewhere = place !== undefined && place.entry.personKey !== personKey;
    const existing = isElsewhere ? await readAt(place.entry.personKey, requestId) : undefined;
    if (existing) return { added: false, entry: existing };
    // Somebody claimed the id, and died before there was a request: it is this one's now.
    if (isElsewhere) await places.commit([{ ...place.entry, personKey }]);
    const [added] = await rows.add([entry]);
    const stored = toEntry(added?.entry);
    if (added === undefined || stored === undefined) throw new Error(`${requestId} was not added`);
    return { added: added.added, entry: stored };
  }

  /** Each step may have been done already by somebody who died after it. */
  async function finishMove({ version, movedTo: _to, ...entry }: StoredEntry, personKey: string) {
    const { requestId } = entry;
    await rows.add([{ ...entry, personKey }]);
    const place = await places.read(toPlaceLocation(requestId));
    if (place && place.personKey !== personKey) await places.commit([{ ...place, personKey }]);
    await rows.remove({ ...entry, version });
  }

  async function read(requestId: string): Promise<StoredEntry | undefined> {
    const place = await places.read(toPlaceLocation(requestId));
    const entry = place && (await readAt(place.personKey, requestId));
    if (entry?.movedTo === undefined) return entry;
    await finishMove(entry, entry.movedTo);
    return readAt(entry.movedTo, requestId);
  }

  return {
    add: (entries) => Promise.all(entries.map(addOne)),

    read,

    async startingWith(idStart, limit) {
      const found = await Promise.all(
        SHARDS.map((shard) =>
          places.page(
            `PartitionKey eq '${shard}' and RowKey ge '${idStart}' and RowKey lt '${idStart}${LAST}'`,
            limit,
          ),
        ),
      );
      const requestIds = found.flatMap(({ records }) => records.map(({ requestId }) => requestId));
      const entries = await Promise.all(requestIds.map(read));
      return entries.filter((entry) => entry !== undefined);
    },

    async replace(entry) {
      const [written] = (await rows.commit([entry])) ?? [];
      return toEntry(written) ?? CHANGED_MEANWHILE;
    },

    async readPerson(personKey) {
      const [from, to] = [`${personKey}.`, `${personKey}/`];
      const filter = `PartitionKey eq '${toShard(personKey)}' and RowKey ge '${from}' and RowKey lt '${to}' and (RowKey eq '${personKey}.p' or isOpen eq true)`;
      const { records, unreadable } = await rows.page(filter, MAX_OPEN_OF_PERSON);
      // Without the person, nobody knows whose turn it is; a request that cannot be read is the sweep's to name.
      const location = toPersonLocation(personKey);
      if (unreadable.some((key) => key.endsWith(location.rowKey)))
        throw new UnreadableRow('ledger', location);
      return {
        person: records.map(toPerson).find(Boolean),
        open: records.flatMap((row) => toEntry(row) ?? []),
      };
    },

    async commit(person, entries) {
      const [first, ...others] = (await rows.commit([person, ...entries])) ?? [];
      const stored = first && toPerson(first);
      if (stored === undefined) return CHANGED_MEANWHILE;
      return { person: stored, entries: others.flatMap((row) => toEntry(row) ?? []) };
    },

    async move(entry, personKey) {
      const { movedTo = personKey } = entry;
      // From here on nobody else can end it where it was.
      const [claimed] = (await rows.commit([{ ...entry, movedTo }])) ?? [];
      const stored = toEntry(claimed);
      if (stored) await finishMove(stored, movedTo);
      return stored !== undefined;
    },

    async due(at, limit) {
      const due = await rows.marked(DUE, SHARDS, toDueText(at), limit);
      // One that is worked on has kept its mark of before.
      const overdue = due.records.filter((row) => !isEntry(row) || toDueAt(row, retentionMs) <= at);
      return { rows: overdue, unreadable: due.unreadable };
    },

    async remove(old) {
      const isGone = await rows.remove(old);
      if (isGone && isEntry(old)) {
        const place = await places.read(toPlaceLocation(old.requestId));
        if (place?.personKey === old.personKey) await places.remove(place);
      }
      return isGone;
    },

    async waitingForSeats(licenseId, limit) {
      const { records } = await rows.marked(toSeatMark(licenseId), SHARDS, END, limit);
      return records.flatMap((row) => toEntry(row) ?? []);
    },

    async list(filter, limit, next) {
      const { records, unreadable, next: nextPage } = await rows.page(toFilter(filter), limit, next);
      return { entries: records.flatMap((row) => toEntry(row) ?? []), unreadable, next: nextPage };
    },
  };
}

const placeRowSchema = z.object({ rowKey: z.string(), personKey: z.string() });

const toPlaceLocation = (requestId: string) => ({ partitionKey: toShard(requestId), rowKey: requestId });

type StoredRow = StoredEntry | StoredPerson;

const toEntry = (row: StoredRow | undefined): StoredEntry | undefined =>
  row && isEntry(row) ? row : undefined;
const toPerson = (row: StoredRow): StoredPerson | undefined => (isEntry(row) ? undefined : row);

function toFilter({ state, source, personKey, waitingOrMovedSince }: EntryFilter): string {
  const parts = [
    ...(state === undefined ? [] : [`state eq '${state}'`]),
    // People have no state: they are not looked through.
    ...(waitingOrMovedSince === undefined
      ? []
      : [
          `state ge '' and (state eq 'waiting' or updatedAt ge datetime'${waitingOrMovedSince.toISOString()}')`,
        ]),
    ...(source === undefined ? [] : [`source eq '${source.replaceAll("'", "''")}'`]),
    ...(personKey === undefined
      ? []
      : [
          `PartitionKey eq '${toShard(personKey)}' and RowKey ge '${personKey}.r.' and RowKey lt '${personKey}.r/'`,
        ]),
  ];
  return parts.join(' and ');
}
