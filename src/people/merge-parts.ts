import pMap from 'p-map';
import { mergeAddresses, mergeLines } from './merge-lines.ts';
import { parsePerson, type SnapshotPerson } from './person.ts';
import type { PeopleStore } from './ports.ts';
import type { Bucket, Merged, Part, PeopleProgress } from './progress.ts';
import { pack, SLICES, unpack } from './slices.ts';

/**
 * A bucket as others make files of it: one at a time, and done before it counts as merged.
 * @param toPeople parses them: of a million people that takes seconds
 */
export type OnBucket = (
  bucket: number,
  buckets: number,
  toPeople: () => readonly SnapshotPerson[],
) => Promise<void>;

export interface Merging {
  readonly store: Pick<PeopleStore, 'read' | 'write'>;
  readonly folder: string;
  readonly session: number;
  /** No more buckets than this. */
  readonly maxBuckets: number;
  readonly onBucket: OnBucket;
  readonly save: (progress: PeopleProgress) => Promise<void>;
  readonly isOver: () => boolean;
}

/** So many people of a bucket take some 5 MiB, whatever an organization has. Beyond a million, buckets grow. */
const PEOPLE_PER_BUCKET = 4_096;
/** Read and written down at once: a second of work, which a kill costs. */
const PEOPLE_PER_STEP = 32_768;
const READS_AT_ONCE = 8;

/** A power of two, so that the buckets of two snapshots can be compared. */
export function toBucketCount(people: number, maxBuckets: number): number {
  let buckets = 1;
  while (buckets * PEOPLE_PER_BUCKET < people && buckets * 2 <= Math.min(SLICES, maxBuckets)) buckets *= 2;
  return buckets;
}

/** The slices of a bucket. */
export const toSliceRange = (bucket: number, buckets: number) => {
  const slices = SLICES / buckets;
  return { from: bucket * slices, to: (bucket + 1) * slices };
};

/**
 * Makes the buckets of a snapshot of its parts: each person once, each address once. It writes down how far it is.
 * @returns how far it is; all is done where `merged.done` has all buckets
 */
export async function mergeParts(merging: Merging, begun: PeopleProgress): Promise<PeopleProgress> {
  const { maxBuckets, save, isOver } = merging;
  const rows = begun.parts.reduce((sum, part) => sum + part.rows, 0);
  let progress = begun;
  let merged = begun.merged ?? newMerged(begun, toBucketCount(rows, maxBuckets));
  const perStep = Math.max(1, Math.floor((PEOPLE_PER_STEP * merged.buckets) / Math.max(1, rows)));
  while (merged.done.length < merged.buckets && !isOver()) {
    const first = merged.done.length;
    const last = Math.min(merged.buckets, first + perStep);
    merged = await mergeStep(merging, progress, merged, first, last);
    progress = { ...progress, merged };
    await save(progress);
  }
  return progress;
}

async function mergeStep(
  { store, folder, session, onBucket }: Merging,
  { parts }: PeopleProgress,
  before: Merged,
  first: number,
  last: number,
): Promise<Merged> {
  const { buckets } = before;
  const slices = { from: toSliceRange(first, buckets).from, to: toSliceRange(last - 1, buckets).to };
  const readAll = (base: number) =>
    pMap(parts, (part) => readSlices(store, part, base + slices.from, base + slices.to), {
      concurrency: READS_AT_ONCE,
    });
  const people = await readAll(0);
  const addresses = await readAll(SLICES);
  const next = { ...before, done: [...before.done], holders: [...before.holders] };

  let writing: Promise<unknown> = Promise.resolve();
  for (let bucket = first; bucket < last; bucket += 1) {
    const { from, to } = toSliceRange(bucket, buckets);
    const ofPeople = toMembers(parts, people, slices.from, { from, to });
    const range = { from: SLICES + from, to: SLICES + to };
    const ofAddresses = toMembers(parts, addresses, SLICES + slices.from, range);
    const found = mergePeople(ofPeople, next);
    const emails = mergeAddressMembers(ofAddresses);
    const files = toBucket(folder, session, bucket, found.rows);
    await writing;
    // Written while the next bucket is merged.
    writing = Promise.all([
      store.write(files.people, found.bytes),
      store.write(files.addresses, emails),
      onBucket(bucket, buckets, found.toPeople),
    ]);
    writing.catch(() => undefined);
    next.done.push(files);
  }
  await writing;
  return next;
}

/**
 * The people of a bucket, each once. Where everybody is once already, as nearly always, what was compressed is kept as it
 * is, and not parsed.
 */
function mergePeople(members: readonly Buffer[], next: Counts) {
  const lines = members.flatMap(unpack);
  if (isEachOnce(lines, '{"id":"'))
    return { rows: lines.length, bytes: Buffer.concat(members), toPeople: () => lines.map(parsePerson) };
  const parsed = lines.map(parsePerson);
  const { people, repeated } = mergeLines(parsed);
  next.repeated += repeated;
  for (const person of parsed) count(next, person, -1);
  for (const person of people) count(next, person, 1);
  const bytes = pack(people.map((person) => JSON.stringify(person)));
  return { rows: people.length, bytes, toPeople: () => people };
}

function mergeAddressMembers(members: readonly Buffer[]): Buffer {
  const lines = members.flatMap(unpack);
  return isEachOnce(lines, '{"email":"') ? Buffer.concat(members) : pack(mergeAddresses(lines));
}

/** Whether no two lines begin alike, up to the end of their first text; with a quote in that text, up to there. */
function isEachOnce(lines: readonly string[], opening: string): boolean {
  const firsts = new Set(lines.map((line) => line.slice(opening.length, line.indexOf('"', opening.length))));
  return firsts.size === lines.length;
}

const toBucket = (folder: string, session: number, bucket: number, rows: number): Bucket => {
  const name = `${String(bucket).padStart(3, '0')}-${session}.ndjson.gz`;
  return { people: `${folder}/people/${name}`, addresses: `${folder}/addresses/${name}`, rows };
};

async function readSlices(
  store: Merging['store'],
  { path, offsets }: Part,
  from: number,
  to: number,
): Promise<Buffer> {
  const [offset = 0, end = 0] = [offsets[from], offsets[to]];
  if (end === offset) return Buffer.alloc(0);
  const bytes = await store.read(path, { offset, bytes: end - offset });
  if (bytes?.length !== end - offset) throw new Error(`${path} is not what was written`);
  return bytes;
}

/** The members of a range of slices, of all parts in their order. @param base the slice at which the bytes begin */
const toMembers = (
  parts: readonly Part[],
  bytes: readonly Buffer[],
  base: number,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Buffer[] =>
  parts.map(({ offsets }, index) => {
    const [start = 0, begin = 0, end = 0] = [offsets[base], offsets[from], offsets[to]];
    return (bytes[index] ?? Buffer.alloc(0)).subarray(begin - start, end - start);
  });

type Counts = Merged & { holders: number[] };

function count(next: Counts, { isOutside, licenses }: SnapshotPerson, by: 1 | -1): void {
  if (isOutside) next.outside += by;
  else next.people += by;
  if (licenses === undefined) next.untold += by;
  for (const license of licenses ?? [])
    if (typeof license === 'number') next.holders[license] = (next.holders[license] ?? 0) + by;
}

/** As if each row were another person: what comes twice is taken from it bucket by bucket. */
function newMerged({ rows, untold, holders, outside }: PeopleProgress, buckets: number): Merged {
  const found = new Map(outside.map((one) => [one.license, one.found]));
  return {
    ...{ buckets, done: [], people: rows, repeated: 0, untold },
    outside: outside.reduce((sum, one) => sum + one.found, 0),
    holders: holders.map((listed, license) => listed + (found.get(license) ?? 0)),
  };
}
