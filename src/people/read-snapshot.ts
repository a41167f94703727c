import { gunzipSync } from 'node:zlib';
import { toCanonicalId } from '../webex/webex-id.ts';
import { type AddressLine, parsePerson, type SnapshotPerson, toAddress } from './person.ts';
import type { PeopleStore } from './ports.ts';
import { type SliceRange, toBucket, toPersonSlice, toSlice, toSliceRange } from './slices.ts';
import type { Snapshot } from './snapshot.ts';
import type { Kind } from './sorted-parts.ts';

type Store = Pick<PeopleStore, 'read'>;

/** A file of a snapshot is removed: only the latest and the previous snapshot are kept. */
export class SnapshotRemoved extends Error {
  override readonly name = 'SnapshotRemoved';
}

/** The lines of a file of a snapshot. @throws {SnapshotRemoved} */
export async function readLines(store: Store, path: string): Promise<readonly string[]> {
  const bytes = await store.read(path);
  if (bytes === undefined) throw new SnapshotRemoved(`${path} is gone, and its manifest was there`);
  return gunzipSync(bytes).toString('utf8').split('\n').filter(Boolean);
}

/** The lines of the bucket that has a slice. */
async function readBucket(
  store: Store,
  { buckets }: Pick<Snapshot, 'buckets'>,
  slice: number,
  kind: Kind,
): Promise<readonly string[]> {
  const bucket = buckets[toBucket(slice, buckets.length)];
  return bucket === undefined ? [] : readLines(store, bucket[kind]);
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

/** What the index has of an address; undefined where the snapshot lacks the address, or two people have it. */
export async function findAddress(
  store: Store,
  snapshot: Pick<Snapshot, 'buckets'>,
  email: string,
): Promise<AddressLine | undefined> {
  const address = toAddress(email);
  const text = JSON.stringify(address);
  const lines = await readBucket(store, snapshot, toSlice(address), 'addresses');
  // Thousands of lines are not parsed for one.
  const found = lines.filter((line) => line.includes(text)).map((line): AddressLine => JSON.parse(line));
  return found.find((line) => line.email === address);
}

/**
 * By an id in any spelling, or by an address; undefined where the snapshot has nobody of that name. It is as old as the
 * snapshot: an answer of Webex goes before it.
 */
export async function findPerson(
  store: Store,
  snapshot: Pick<Snapshot, 'buckets'>,
  name: string,
): Promise<SnapshotPerson | undefined> {
  const id = name.includes('@') ? (await findAddress(store, snapshot, name))?.id : name;
  if (id === undefined) return undefined;
  const lines = await readBucket(store, snapshot, toPersonSlice(id), 'people');
  const canonical = toCanonicalId('PEOPLE', id);
  return lines.map(parsePerson).find((person) => toCanonicalId('PEOPLE', person.id) === canonical);
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
