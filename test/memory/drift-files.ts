import type { DriftFiles } from '../../src/hr/drift/ground.ts';
import type { PeopleStore } from '../../src/people/ports.ts';

/** The lines of a drift in memory: as a block blob has them. */
export function createMemoryDriftFiles(store: Pick<PeopleStore, 'write'>): DriftFiles {
  const staged = new Map<string, Buffer>();
  return {
    async stage(path, name, bytes) {
      staged.set(`${path} ${name}`, bytes);
    },
    async commit(path, names) {
      await store.write(
        path,
        Buffer.concat(
          names.map((name) => {
            const bytes = staged.get(`${path} ${name}`);
            if (bytes === undefined) throw new Error(`${name} is not staged`);
            return bytes;
          }),
        ),
      );
    },
  };
}
