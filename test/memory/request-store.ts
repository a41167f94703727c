import type { Clock } from '../../src/platform/clock.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { acceptAt } from '../../src/requests/record/accept.ts';
import { toDueAt, toSeatSince } from '../../src/requests/record/due.ts';
import { isHeld } from '../../src/requests/record/item-result.ts';
import type { StoredPerson } from '../../src/requests/record/person.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { isOpen } from '../../src/requests/record/states.ts';
import type { RequestStore } from '../../src/requests/store.ts';

/** One step that storage does whole or not at all; a test may delay it, or have its caller die before or after it. */
export type Effect = <T>(name: string, apply: () => T) => Promise<T>;

export const atOnce: Effect = async (_name, apply) => apply();

type Row = StoredRequest | StoredPerson;
const isRequest = (row: Row | undefined): row is StoredRequest => row !== undefined && 'requestId' in row;

function toPage(fits: readonly StoredRequest[], limit: number, next: string | undefined) {
  const from = Number(next ?? 0);
  const end = from + limit;
  return {
    records: fits.slice(from, end),
    unreadable: [],
    next: end < fits.length ? `${end}` : undefined,
  };
}

const isHeldUnder = ({ state, results }: StoredRequest, cause: string, by = new Date(8.64e15)): boolean => {
  const held = results.find(isHeld);
  return isOpen(state) && held?.cause === cause && held.heldSince !== undefined && held.heldSince <= by;
};

/** The request store in memory, with the same steps as the one in Azure Tables. */
export function createMemoryRequestStore(retentionMs: number, effect: Effect = atOnce, storageClock?: Clock) {
  const rows = new Map<string, Row>();
  const places = new Map<string, string>();
  const otherNames = new Map<string, string>();
  let versions = 0;

  const keyOf = (row: object & { readonly personKey: string }) =>
    'requestId' in row ? `${row.personKey}.r.${row.requestId}` : `${row.personKey}.p`;
  const write = <R extends object & { readonly personKey: string }>(row: R) => {
    versions += 1;
    const stored = { ...structuredClone(row), version: `${versions}` };
    rows.set(keyOf(row), stored as unknown as Row);
    return stored;
  };
  const isCurrent = (row: object & { readonly personKey: string; readonly version?: string }) =>
    rows.get(keyOf(row))?.version === row.version;
  const readEntry = (personKey: string, requestId: string) => {
    const row = rows.get(`${personKey}.r.${requestId}`);
    return isRequest(row) ? row : undefined;
  };
  const records = () => [...rows.values()].filter(isRequest);

  async function finishMove({ version, movedTo, ...record }: StoredRequest, personKey: string) {
    const { requestId } = record;
    await effect('requests.move-add', () => {
      if (readEntry(personKey, requestId) === undefined) write({ ...record, personKey });
    });
    await effect('requests.move-place', () => places.set(requestId, personKey));
    await effect('requests.move-remove', () => {
      if (isCurrent({ ...record, version })) rows.delete(keyOf(record));
    });
  }

  const requestStore: RequestStore = {
    add: (added, acceptedBy) =>
      Promise.all(
        added.map(async (given) => {
          const { requestId, personKey } = given;
          let record = given;
          const place = await effect('requests.add-place', () => {
            const known = places.get(requestId);
            const existing = known === undefined ? undefined : readEntry(known, requestId);
            if (existing !== undefined) return existing;
            places.set(requestId, personKey);
            if (acceptedBy === 'storage' && storageClock) record = acceptAt(given, storageClock());
            return undefined;
          });
          if (place && place.personKey !== personKey) return { added: false, record: place };
          return effect('requests.add', () => {
            const existing = readEntry(personKey, requestId);
            return existing ? { added: false, record: existing } : { added: true, record: write(record) };
          });
        }),
      ),

    async addDeadLetter(record, names) {
      const [dead] = await requestStore.add([record]);
      if (dead === undefined) throw new Error('nothing was added');
      for (const name of names) otherNames.set(name, dead.record.requestId);
      return dead;
    },

    find: async (name) => (await requestStore.read(name)) ?? requestStore.read(otherNames.get(name) ?? ''),

    async read(requestId) {
      const at = await effect('requests.read', () => readEntry(places.get(requestId) ?? '', requestId));
      if (at?.movedTo === undefined) return at;
      const { movedTo } = at;
      await finishMove(at, movedTo);
      return effect('requests.read', () => readEntry(movedTo, requestId));
    },

    startingWith: (idStart, limit) =>
      effect('requests.startingWith', () =>
        records()
          .filter(({ requestId }) => requestId.startsWith(idStart))
          .slice(0, limit),
      ),

    replace: (record) =>
      effect('requests.replace', () => (isCurrent(record) ? write(record) : VERSION_CONFLICT)),

    readPerson: (personKey) =>
      effect('requests.readPerson', () => {
        const person = rows.get(`${personKey}.p`);
        return {
          person: person && !isRequest(person) ? person : undefined,
          open: records().filter((record) => record.personKey === personKey && isOpen(record.state)),
        };
      }),

    readName: (personKey) =>
      effect('requests.readName', () => {
        const person = rows.get(`${personKey}.p`);
        return person && !isRequest(person) ? person : undefined;
      }),

    async commit(person, changed) {
      // What lies under another key may lie in another partition: then there are two writes.
      const isTogether = changed.every(({ personKey }) => personKey === person.personKey);
      const first = await effect('requests.commit', () => {
        if (![person, ...(isTogether ? changed : [])].every(isCurrent)) return VERSION_CONFLICT;
        return { person: write(person), records: isTogether ? changed.map(write) : [] };
      });
      if (first === VERSION_CONFLICT || isTogether) return first;
      const records = await effect('requests.commit-entries', () =>
        changed.every(isCurrent) ? changed.map(write) : undefined,
      );
      if (records) return { person: first.person, records };
      const { holder: turn, ...free } = first.person;
      if (turn) await effect('requests.commit-release', () => isCurrent(free) && write(free));
      return VERSION_CONFLICT;
    },

    fits: (records) => records.length < 20,

    async move(record, personKey) {
      const { movedTo = personKey } = record;
      const claimed = await effect('requests.move-claim', () =>
        isCurrent(record) ? write({ ...record, movedTo }) : undefined,
      );
      if (claimed) await finishMove(claimed, movedTo);
      return claimed === undefined ? VERSION_CONFLICT : 'moved';
    },

    due: (at, limit, next) =>
      effect('requests.due', () => {
        const dueMs = (record: StoredRequest) => toDueAt(record)?.getTime() ?? Number.POSITIVE_INFINITY;
        const due = records()
          .filter((record) => dueMs(record) <= at.getTime())
          .sort((a, b) => dueMs(a) - dueMs(b) || (keyOf(a) < keyOf(b) ? -1 : 1));
        const toPlace = (record: StoredRequest) =>
          `${new Date(dueMs(record)).toISOString()} ${keyOf(record)}`;
        const left = due.filter((record) => next === undefined || toPlace(record) > next);
        const page = left.slice(0, limit);
        const last = page.at(-1);
        return {
          records: page,
          unreadable: [],
          next: last && left.length > limit ? toPlace(last) : undefined,
        };
      }),

    purge: (at) =>
      effect('requests.purge', () => {
        const before = rows.size;
        for (const [key, row] of rows) {
          if (isRequest(row) && isOpen(row.state)) continue;
          if (row.updatedAt.getTime() + retentionMs > at.getTime()) continue;
          rows.delete(key);
          if (isRequest(row)) places.delete(row.requestId);
        }
        return { purged: before - rows.size, unreadable: [], next: undefined };
      }),

    waitingForSeats: (licenseId, limit) =>
      effect('requests.waitingForSeats', () =>
        records()
          .filter(({ waiting }) => waiting?.licenseIds?.includes(licenseId))
          .sort((a, b) => toSeatSince(a).getTime() - toSeatSince(b).getTime())
          .slice(0, limit),
      ),

    waitingForNumbers: (reason, limit) =>
      effect('requests.waitingForNumbers', () =>
        records()
          .filter(({ waiting }) => waiting?.for === reason)
          .sort((a, b) => toSeatSince(a).getTime() - toSeatSince(b).getTime())
          .slice(0, limit),
      ),

    ofBatch: (batch, limit, next) =>
      effect('requests.ofBatch', () => {
        const fits = records().filter(({ request }) => request?.batch === batch);
        return toPage(fits, limit, next);
      }),

    heldUnder: (cause, by, limit, next) =>
      effect('requests.heldUnder', () => {
        const fits = records().filter((record) => isHeldUnder(record, cause, by));
        return toPage(fits, limit, next);
      }),

    countHeld: (cause, limit) =>
      effect('requests.countHeld', () =>
        Math.min(limit, records().filter((record) => isHeldUnder(record, cause)).length),
      ),

    refused: (reason, limit) =>
      effect('requests.refused', () =>
        records()
          .filter(({ waiting }) => waiting?.for === reason)
          .sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime())
          .slice(0, limit),
      ),

    list: ({ state, source, personKey, since, until, waitingOrMovedSince }, limit, next) =>
      effect('requests.list', () => {
        const fits = records().filter(
          (record) =>
            (state === undefined || record.state === state) &&
            (source === undefined || record.request?.source === source) &&
            (personKey === undefined || record.personKey === personKey) &&
            (since === undefined || record.updatedAt >= since) &&
            (until === undefined || record.updatedAt < until) &&
            (waitingOrMovedSince === undefined ||
              record.state === 'waiting' ||
              record.updatedAt >= waitingOrMovedSince),
        );
        return toPage(fits, limit, next);
      }),
  };
  return { requestStore, records, rows };
}
