import type { Ledger } from '../ledger/ledger.ts';
import type { StoredPerson } from '../ledger/person.ts';
import type { Name } from './bind-name.ts';

/**
 * Rows of names, each read once, and known as they were written last.
 * @param known the row that was read before, or that there is none
 */
export function createPersonRows(ledger: Pick<Ledger, 'readName'>, known: Pick<Name, 'key' | 'row'>) {
  const rows = new Map([[known.key, known.row]]);
  return {
    async read(keys: Iterable<string>): Promise<void> {
      const unread = [...new Set(keys)].filter((key) => !rows.has(key));
      const found = await Promise.all(unread.map((key) => ledger.readName(key)));
      for (const [index, key] of unread.entries()) rows.set(key, found[index]);
    },
    get: (key: string): StoredPerson | undefined => rows.get(key),
    set: (row: StoredPerson): void => void rows.set(row.personKey, row),
    all: (): readonly StoredPerson[] => [...rows.values()].filter((row) => row !== undefined),
  };
}
