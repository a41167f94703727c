import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../platform/version-conflict.ts';

/** The names of the attributes that a source sends and that are not kept: no value is among them. */
export interface AttributeNames {
  read(source: string): Promise<{ readonly names: readonly string[]; readonly version: string } | undefined>;
  /** @returns the new version */
  write(
    source: string,
    names: readonly string[],
    version: string | undefined,
  ): Promise<string | VersionConflict>;
}

/** A source that makes a name for each employee fills no storage. */
const MAX_NAMES = 500;

/** Notes names that are not known yet: storage is asked only where an instance sees a name for the first time. */
export function createNoteAttributeNames(store: AttributeNames) {
  const known = new Map<string, Set<string>>();
  return async function noteAttributeNames(
    source: string,
    names: readonly string[],
    log: Log,
  ): Promise<void> {
    const seen = known.get(source) ?? new Set();
    known.set(source, seen);
    const isFull = seen.size >= MAX_NAMES;
    if (isFull || names.every((name) => seen.has(name))) return;
    const written = await retryOnConflict(async () => {
      const found = await store.read(source);
      const all = [...new Set([...(found?.names ?? []), ...names])].slice(0, MAX_NAMES);
      for (const name of [...all, ...names].slice(0, 2 * MAX_NAMES)) seen.add(name);
      if (all.length === found?.names.length) return undefined;
      return store.write(source, all, found?.version);
    });
    // The names serve a hint of a plan: an event does not wait for them.
    if (written === VERSION_CONFLICT) log.warn('attribute-names-not-noted', { source });
  };
}

/** The names that each of some sources sends and that are not kept, for a hint about a misspelt name. */
export async function readAttributeNames(
  store: Pick<AttributeNames, 'read'>,
  sources: Iterable<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await Promise.all(
    [...sources].map(async (source) => [source, (await store.read(source))?.names ?? []] as const),
  );
  return new Map(found);
}
