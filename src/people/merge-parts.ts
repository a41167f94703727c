import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import pMap from 'p-map';
import { createByteText } from '../platform/byte-text.ts';
import { type MergedLines, mergeAddresses, mergeLines } from './merge-lines.ts';
import type { SnapshotPerson } from './person.ts';
import type { PeopleStore } from './ports.ts';
import type { Bucket, Merged, Part, PeopleProgress } from './progress.ts';
import { SLICES, unpack } from './slices.ts';

/** A bucket as others make files of it: one at a time, and done before it counts as merged. */
export type OnBucket = (bucket: number, buckets: number, people: readonly SnapshotPerson[]) => Promise<void>;

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
const compress = promisify(gzip);

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
  let merged = begun.merged ?? newMerged(toBucketCount(rows, maxBuckets), begun.holders.length);
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
    const found = mergeLines(linesOf(parts, people, slices.from, { from, to }));
    const range = { from: SLICES + from, to: SLICES + to };
    const emails = mergeAddresses(linesOf(parts, addresses, SLICES + slices.from, range));
    const files = toBucket(folder, session, bucket, found.people.length);
    const lines = found.people.map(({ line }) => line);
    const merged = found.people.map(({ person }) => person);
    await writing;
    // Written while the next bucket is merged.
    writing = Promise.all([
      write(store, files.people, lines),
      write(store, files.addresses, emails),
      onBucket(bucket, buckets, merged),
    ]);
    writing.catch(() => undefined);
    next.done.push(files);
    count(next, found);
  }
  await writing;
  return next;
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

/** The lines of a range of slices of all parts, in their order. @param base the slice at which the bytes begin */
function* linesOf(
  parts: readonly Part[],
  bytes: readonly Buffer[],
  base: number,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<string> {
  for (const [index, { offsets }] of parts.entries()) {
    const [start = 0, begin = 0, end = 0] = [offsets[base], offsets[from], offsets[to]];
    yield* unpack((bytes[index] ?? Buffer.alloc(0)).subarray(begin - start, end - start));
  }
}

function count(next: Merged & { holders: number[] }, { people, repeated }: MergedLines): void {
  next.repeated += repeated;
  for (const { person } of people) {
    if (person.isOutside) next.outside += 1;
    else next.people += 1;
    if (person.licenses === undefined) next.untold += 1;
    for (const license of person.licenses ?? [])
      if (typeof license === 'number') next.holders[license] = (next.holders[license] ?? 0) + 1;
  }
}

async function write(store: Merging['store'], path: string, lines: Iterable<string>): Promise<void> {
  const text = createByteText();
  for (const line of lines) text.add(`${line}\n`);
  await store.write(path, await compress(text.view()));
}

const newMerged = (buckets: number, licenses: number): Merged => ({
  ...{ buckets, done: [], people: 0, outside: 0, repeated: 0, untold: 0 },
  holders: Array.from({ length: licenses }, () => 0),
});
