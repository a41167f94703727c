import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { acceptAt } from '../../requests/record/accept.ts';
import type { RequestRecord, StoredRequest } from '../../requests/record/record.ts';
import type { RequestStore } from '../../requests/store.ts';
import type { StorageClients } from '../clients.ts';
import { toEndedRange } from './due-index.ts';
import { createPurge } from './purge.ts';
import { UnreadableRow } from './readable.ts';
import { createTableRecords } from './records.ts';
import { fitTogether } from './request-index.ts';
import { createRequestLists } from './request-lists.ts';
import { createRequestPlaces, isRequestId } from './request-places.ts';
import {
  isRequest,
  locate,
  type RequestRow,
  requestShape,
  type StoredRow,
  toPerson,
  toPersonLocation,
  toRequest,
  toRequestLocation,
  toRequests,
} from './request-rows.ts';
import { toShard } from './shard.ts';

/** Far above the open requests of any real person. */
const MAX_OPEN_OF_PERSON = 500;
/** The cursor of a purge after the rows: it continues with the places. */
const PLACES = 'places';

/**
 * The request store in Azure Tables. The rows of a person share a partition: a lease and its requests are written in
 * one transaction. A second table has the place of each request, by its id.
 * @param retentionMs of requests since they ended, and of people since their last request
 */
export function createTableRequestStore(storage: StorageClients, retentionMs: number): RequestStore {
  const rows = createTableRecords<RequestRow>(storage, requestShape);
  const readAt = async (personKey: string, requestId: string) =>
    toRequest(await rows.read(toRequestLocation(personKey, requestId)));
  const places = createRequestPlaces(storage, retentionMs, readAt);

  /** Writes the place first: a place without a request is harmless, a request without a place cannot be found. */
  async function addRequest(record: RequestRecord, acceptedBy?: 'storage') {
    const claimed = await places.claim(record);
    if (!(claimed instanceof Date)) return { added: false, record: claimed };
    const [added] = await rows.add([acceptedBy === 'storage' ? acceptAt(record, claimed) : record]);
    const stored = toRequest(added?.record);
    if (added === undefined || stored === undefined) throw new Error(`${record.requestId} was not added`);
    return { added: added.added, record: stored };
  }

  /** A worker that crashed may have done some of these steps: each can be repeated. */
  async function finishMove({ version, movedTo: _to, ...record }: StoredRequest, personKey: string) {
    await rows.add([{ ...record, personKey }]);
    await places.move(record.requestId, personKey);
    await rows.remove({ ...record, version });
  }

  /** Removes the place last: an orphan is harmless, and is found. */
  async function removeRow(row: StoredRow): Promise<boolean> {
    const isGone = await rows.remove(row);
    if (isGone && isRequest(row)) await places.remove(row);
    return isGone;
  }

  const purgeRows = createPurge<RequestRow>({
    records: rows,
    toRange: toEndedRange(retentionMs),
    remove: removeRow,
  });

  async function read(requestId: string): Promise<StoredRequest | undefined> {
    // A caller may ask for any text, and not every text is a valid row key.
    if (!isRequestId(requestId)) return undefined;
    const place = await places.find(requestId);
    const record = place && (await readAt(place.personKey, requestId));
    if (record?.movedTo === undefined) return record;
    await finishMove(record, record.movedTo);
    return readAt(record.movedTo, requestId);
  }

  return {
    add: (records, acceptedBy) => Promise.all(records.map((record) => addRequest(record, acceptedBy))),

    async addDeadLetter(record, names) {
      const dead = await addRequest(record);
      await places.addNames(dead.record, names);
      return dead;
    },

    read,

    async find(name) {
      const record = await read(name);
      if (record || !isRequestId(name)) return record;
      const requestId = await places.findName(name);
      return requestId === undefined ? undefined : read(requestId);
    },

    async startingWith(idStart, limit) {
      const requestIds = await places.startingWith(idStart, limit);
      const records = await Promise.all(requestIds.map(read));
      return records.filter((record) => record !== undefined);
    },

    async replace(record) {
      const written = await rows.replace(record);
      return written === VERSION_CONFLICT ? written : (toRequest(written) ?? VERSION_CONFLICT);
    },

    async readPerson(personKey) {
      const [from, to] = [`${personKey}.`, `${personKey}/`];
      const filter = `PartitionKey eq '${toShard(personKey)}' and RowKey ge '${from}' and RowKey lt '${to}' and (RowKey eq '${personKey}.p' or isOpen eq true)`;
      const { records, unreadable } = await rows.all(filter, MAX_OPEN_OF_PERSON);
      // Without the row of the person, the lease is unknown. The sweep reports unreadable requests.
      const location = toPersonLocation(personKey);
      if (unreadable.some((key) => key.endsWith(location.rowKey)))
        throw new UnreadableRow('requests', location);
      return { person: records.map(toPerson).find(Boolean), open: toRequests(records) };
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
      const [first, ...rest] = together;
      const stored = first && toPerson(first);
      if (stored === undefined) return VERSION_CONFLICT;
      const written = isTogether ? rest : await rows.commit(records);
      if (written !== VERSION_CONFLICT) return { person: stored, records: toRequests(written) };
      // Release the lease without requests; if this write fails, the lease expires.
      const { holder, ...free } = stored;
      if (holder) await rows.replace(free);
      return VERSION_CONFLICT;
    },

    fits: fitTogether,

    async move(record, personKey) {
      const { movedTo = personKey } = record;
      // From now on no other worker can end the request at its old place.
      const claimed = await rows.replace({ ...record, movedTo });
      const stored = claimed === VERSION_CONFLICT ? undefined : toRequest(claimed);
      if (stored) await finishMove(stored, movedTo);
      return stored === undefined ? VERSION_CONFLICT : 'moved';
    },

    async purge(at, limit, next) {
      if (next === PLACES) return { purged: await places.purgeOrphans(at), unreadable: [], next: undefined };
      const page = await purgeRows(at, limit, next);
      return { ...page, next: page.next ?? PLACES };
    },

    ...createRequestLists(rows),
  };
}
