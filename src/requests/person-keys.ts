import type { RequestStore } from './store.ts';

/** The keys of some names, and those of the other names under which requests of the same person were performed. */
export async function findPersonKeys(
  requestStore: Pick<RequestStore, 'readName'>,
  keys: readonly string[],
): Promise<readonly string[]> {
  const leases = await Promise.all(
    keys.map(async (key) => {
      const row = await requestStore.readName(key);
      return row?.sameAs === undefined ? row : requestStore.readName(row.sameAs);
    }),
  );
  const names = leases.flatMap((row) => (row ? [row.personKey, ...(row.names ?? [])] : []));
  return [...new Set([...keys, ...names])];
}
