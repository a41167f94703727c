import { toSliceRange } from './merge-parts.ts';
import { parsePerson, type SnapshotPerson } from './person.ts';
import type { PeopleStore } from './ports.ts';
import { SLICES, type ToSlice, toPersonSlice, unpack } from './slices.ts';
import type { Snapshot } from './snapshot.ts';

type Store = Pick<PeopleStore, 'read'>;

/** The lines of a file of a snapshot. @throws where it is gone: only the latest and the previous snapshot are kept */
export async function readLines(store: Store, path: string): Promise<readonly string[]> {
  const bytes = await store.read(path);
  if (bytes === undefined) throw new Error(`${path} is gone, and its manifest was there`);
  return unpack(bytes);
}

/** The bucket that has a slice. */
export const toBucket = ({ buckets }: Pick<Snapshot, 'buckets'>, slice: number) =>
  buckets[Math.floor((slice * buckets.length) / SLICES)];

/** The people in some slices, which need not be whole buckets. */
export async function readPeople(
  store: Store,
  { buckets }: Pick<Snapshot, 'buckets'>,
  slices: { readonly from: number; readonly to: number },
  toSlice: ToSlice,
): Promise<readonly SnapshotPerson[]> {
  const people: SnapshotPerson[] = [];
  for (const [bucket, file] of buckets.entries()) {
    const { from, to } = toSliceRange(bucket, buckets.length);
    if (to <= slices.from || from >= slices.to) continue;
    const isInside = ({ id }: SnapshotPerson) => {
      const slice = toPersonSlice(toSlice, id);
      return slice >= slices.from && slice < slices.to;
    };
    const found = (await readLines(store, file.people)).map(parsePerson);
    const isWhole = from >= slices.from && to <= slices.to;
    people.push(...(isWhole ? found : found.filter(isInside)));
  }
  return people;
}
