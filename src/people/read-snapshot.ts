import { gunzipSync } from 'node:zlib';
import { parsePerson, type SnapshotPerson } from './person.ts';
import type { PeopleStore } from './ports.ts';
import { type SliceRange, toPersonSlice, toSliceRange } from './slices.ts';
import type { Snapshot } from './snapshot.ts';

type Store = Pick<PeopleStore, 'read'>;

/** A file of a snapshot is removed: only the latest and the previous snapshot are kept. */
export class SnapshotRemoved extends Error {
  override readonly name = 'SnapshotRemoved';
}

/** Undefined where a newer run removed the snapshot while it was read. */
export async function orRemoved<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SnapshotRemoved) return undefined;
    throw error;
  }
}

/** The lines of a file of a snapshot. @throws {SnapshotRemoved} */
export async function readLines(store: Store, path: string): Promise<readonly string[]> {
  const bytes = await store.read(path);
  if (bytes === undefined) throw new SnapshotRemoved(`${path} is gone, and its manifest was there`);
  return gunzipSync(bytes).toString('utf8').split('\n').filter(Boolean);
}

/** The people in some slices, which need not be whole buckets. */
export async function readPeople(
  store: Store,
  { buckets }: Pick<Snapshot, 'buckets'>,
  slices: SliceRange,
): Promise<readonly SnapshotPerson[]> {
  const people: SnapshotPerson[] = [];
  for (const [bucket, file] of buckets.entries()) {
    const { from, to } = toSliceRange(bucket, buckets.length);
    if (to <= slices.from || from >= slices.to) continue;
    const isInside = ({ id }: SnapshotPerson) => {
      const slice = toPersonSlice(id);
      return slice >= slices.from && slice < slices.to;
    };
    const found = (await readLines(store, file.people)).map(parsePerson);
    const isWhole = from >= slices.from && to <= slices.to;
    people.push(...(isWhole ? found : found.filter(isInside)));
  }
  return people;
}

/** Where a list of holders goes on. */
export interface HolderPlace {
  readonly bucket: number;
  /** Of the holders in the bucket. */
  readonly offset: number;
}

/** A page of 1,000 people: the rarer a license, the more buckets it takes, up to a limit. */
const HOLDERS_PER_PAGE = 1_000;
const BUCKETS_PER_PAGE = 16;

/** A page of those who hold a license. @param license its place in the snapshot */
export async function listHolders(
  store: Store,
  { buckets }: Pick<Snapshot, 'buckets'>,
  license: number,
  from: HolderPlace,
): Promise<{ readonly people: readonly SnapshotPerson[]; readonly next?: HolderPlace }> {
  const people: SnapshotPerson[] = [];
  const end = Math.min(buckets.length, from.bucket + BUCKETS_PER_PAGE);
  for (let bucket = from.bucket; bucket < end; bucket += 1) {
    const file = buckets[bucket]?.people;
    const lines = file === undefined ? [] : await readLines(store, file);
    const holders = lines.map(parsePerson).filter(({ licenses }) => licenses?.includes(license));
    const offset = bucket === from.bucket ? from.offset : 0;
    const taken = holders.slice(offset, offset + HOLDERS_PER_PAGE - people.length);
    people.push(...taken);
    if (offset + taken.length < holders.length)
      return { people, next: { bucket, offset: offset + taken.length } };
  }
  return end < buckets.length ? { people, next: { bucket: end, offset: 0 } } : { people };
}
