import type { Ledger } from '../ledger/ledger.ts';
import type { StoredPerson } from '../ledger/person.ts';

/** Rows of names, each read once, and known as they were written last. */
export function createPersonRows(ledger: Pick<Ledger, 'readName'>, known: StoredPerson | undefined) {
  const rows = new Map<string, StoredPerson | undefined>();
  if (known) rows.set(known.personKey, known);
  return {
    async read(key: string): Promise<StoredPerson | undefined> {
      if (!rows.has(key)) rows.set(key, await ledger.readName(key));
      return rows.get(key);
    },
    get: (key: string): StoredPerson | undefined => rows.get(key),
    set: (row: StoredPerson): void => void rows.set(row.personKey, row),
    all: (): readonly StoredPerson[] => [...rows.values()].filter((row) => row !== undefined),
  };
}
