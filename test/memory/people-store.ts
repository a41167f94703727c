import type { PeopleStore } from '../../src/people/ports.ts';

/** The files of people in memory. */
export function createMemoryPeople(): PeopleStore & { readonly files: ReadonlyMap<string, Buffer> } {
  const files = new Map<string, Buffer>();
  return {
    files,
    async write(path, bytes) {
      files.set(path, Buffer.from(bytes));
    },
    async read(path, range) {
      const file = files.get(path);
      return range ? file?.subarray(range.offset, range.offset + range.bytes) : file;
    },
    async removeOthers(folder, kept) {
      for (const path of [...files.keys()]) {
        const [top = '', ...rest] = path.startsWith(`${folder}/`)
          ? path.slice(folder.length + 1).split('/')
          : [];
        if (rest.length > 0 && !kept.includes(top)) files.delete(path);
      }
    },
  };
}
