import type { Clock } from '../../src/platform/clock.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { acceptAt } from '../../src/requests/record/accept.ts';
import type { StoredPerson } from '../../src/requests/record/person.ts';
import { type StoredEntry, toDueAt, toSeatSince } from '../../src/requests/record/record.ts';
import { isOpen } from '../../src/requests/record/states.ts';
import type { Ledger } from '../../src/requests/store.ts';

/** One step that storage does whole or not at all; a test may delay it, or have its caller die before or after it. */
export type Effect = <T>(name: string, apply: () => T) => Promise<T>;

export const atOnce: Effect = async (_name, apply) => apply();

type Row = StoredEntry | StoredPerson;
const isEntry = (row: Row | undefined): row is StoredEntry => row !== undefined && 'requestId' in row;

/** The ledger in memory, with the same steps as the one in Azure Tables. */
export function createMemoryLedger(retentionMs: number, effect: Effect = atOnce, storageClock?: Clock) {
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
    return isEntry(row) ? row : undefined;
  };
  const entries = () => [...rows.values()].filter(isEntry);

  async function finishMove({ version, movedTo, ...entry }: StoredEntry, personKey: string) {
    const { requestId } = entry;
    await effect('ledger.move-add', () => {
      if (readEntry(personKey, requestId) === undefined) write({ ...entry, personKey });
    });
    await effect('ledger.move-place', () => places.set(requestId, personKey));
    await effect('ledger.move-remove', () => {
      if (isCurrent({ ...entry, version })) rows.delete(keyOf(entry));
    });
  }

  const ledger: Ledger = {
    add: (added, acceptedBy) =>
      Promise.all(
        added.map(async (given) => {
          const { requestId, personKey } = given;
          let entry = given;
          const place = await effect('ledger.add-place', () => {
            const known = places.get(requestId);
            const existing = known === undefined ? undefined : readEntry(known, requestId);
            if (existing !== undefined) return existing;
            places.set(requestId, personKey);
            if (acceptedBy === 'storage' && storageClock) entry = acceptAt(given, storageClock());
            return undefined;
          });
          if (place && place.personKey !== personKey) return { added: false, entry: place };
          return effect('ledger.add', () => {
            const existing = readEntry(personKey, requestId);
            return existing ? { added: false, entry: existing } : { added: true, entry: write(entry) };
          });
        }),
      ),

    async addDeadLetter(entry, names) {
      const [dead] = await ledger.add([entry]);
      if (dead === undefined) throw new Error('nothing was added');
      for (const name of names) otherNames.set(name, dead.entry.requestId);
      return dead;
    },

    find: async (name) => (await ledger.read(name)) ?? ledger.read(otherNames.get(name) ?? ''),

    async read(requestId) {
      const at = await effect('ledger.read', () => readEntry(places.get(requestId) ?? '', requestId));
      if (at?.movedTo === undefined) return at;
      const { movedTo } = at;
      await finishMove(at, movedTo);
      return effect('ledger.read', () => readEntry(movedTo, requestId));
    },

    startingWith: (idStart, limit) =>
      effect('ledger.startingWith', () =>
        entries()
          .filter(({ requestId }) => requestId.startsWith(idStart))
          .slice(0, limit),
      ),

    replace: (entry) => effect('ledger.replace', () => (isCurrent(entry) ? write(entry) : VERSION_CONFLICT)),

    readPerson: (personKey) =>
      effect('ledger.readPerson', () => {
        const person = rows.get(`${personKey}.p`);
        return {
          person: person && !isEntry(person) ? person : undefined,
          open: entries().filter((entry) => entry.personKey === personKey && isOpen(entry.state)),
        };
      }),

    readName: (personKey) =>
      effect('ledger.readName', () => {
        const person = rows.get(`${personKey}.p`);
        return person && !isEntry(person) ? person : undefined;
      }),

    async commit(person, changed) {
      // What lies under another key may lie in another partition: then there are two writes.
      const isTogether = changed.every(({ personKey }) => personKey === person.personKey);
      const first = await effect('ledger.commit', () => {
        if (![person, ...(isTogether ? changed : [])].every(isCurrent)) return VERSION_CONFLICT;
        return { person: write(person), entries: isTogether ? changed.map(write) : [] };
      });
      if (first === VERSION_CONFLICT || isTogether) return first;
      const entries = await effect('ledger.commit-entries', () =>
        changed.every(isCurrent) ? changed.map(write) : undefined,
      );
      if (entries) return { person: first.person, entries };
      const { turn, ...free } = first.person;
      if (turn) await effect('ledger.commit-release', () => isCurrent(free) && write(free));
      return VERSION_CONFLICT;
    },

    fits: (entries) => entries.length < 20,

    async move(entry, personKey) {
      const { movedTo = personKey } = entry;
      const claimed = await effect('ledger.move-claim', () =>
        isCurrent(entry) ? write({ ...entry, movedTo }) : undefined,
      );
      if (claimed) await finishMove(claimed, movedTo);
      return claimed === undefined ? VERSION_CONFLICT : 'moved';
    },

    due: (at, limit, next) =>
      effect('ledger.due', () => {
        const dueMs = (entry: StoredEntry) => toDueAt(entry)?.getTime() ?? Number.POSITIVE_INFINITY;
        const due = entries()
          .filter((entry) => dueMs(entry) <= at.getTime())
          .sort((a, b) => dueMs(a) - dueMs(b) || (keyOf(a) < keyOf(b) ? -1 : 1));
        const toPlace = (entry: StoredEntry) => `${new Date(dueMs(entry)).toISOString()} ${keyOf(entry)}`;
        const left = due.filter((entry) => next === undefined || toPlace(entry) > next);
        const page = left.slice(0, limit);
        const last = page.at(-1);
        return {
          entries: page,
          unreadable: [],
          next: last && left.length > limit ? toPlace(last) : undefined,
        };
      }),

    purge: (at) =>
      effect('ledger.purge', () => {
        const before = rows.size;
        for (const [key, row] of rows) {
          if (isEntry(row) && isOpen(row.state)) continue;
          if (row.updatedAt.getTime() + retentionMs > at.getTime()) continue;
          rows.delete(key);
          if (isEntry(row)) places.delete(row.requestId);
        }
        return { purged: before - rows.size, unreadable: [], next: undefined };
      }),

    waitingForSeats: (licenseId, limit) =>
      effect('ledger.waitingForSeats', () =>
        entries()
          .filter(({ waiting }) => waiting?.licenseIds?.includes(licenseId))
          .sort((a, b) => toSeatSince(a).getTime() - toSeatSince(b).getTime())
          .slice(0, limit),
      ),

    list: ({ state, source, personKey, waitingOrMovedSince }, limit, next) =>
      effect('ledger.list', () => {
        const fits = entries().filter(
          (entry) =>
            (state === undefined || entry.state === state) &&
            (source === undefined || entry.request?.source === source) &&
            (personKey === undefined || entry.personKey === personKey) &&
            (waitingOrMovedSince === undefined ||
              entry.state === 'waiting' ||
              entry.updatedAt >= waitingOrMovedSince),
        );
        const from = Number(next ?? 0);
        const end = from + limit;
        return {
          entries: fits.slice(from, end),
          unreadable: [],
          next: end < fits.length ? `${end}` : undefined,
        };
      }),
  };
  return { ledger, entries, rows };
}
