import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createByteText } from '../platform/byte-text.ts';
import { mergeAddresses, mergePeople } from './merge-lines.ts';
import { parsePerson, type SnapshotPerson } from './person.ts';
import type { PeopleStore } from './ports.ts';
import type { Merged, PeopleProgress } from './progress.ts';
import { readSlices } from './read-slices.ts';
import { SLICES, toSliceRange } from './slices.ts';

interface Merging {
  readonly store: Pick<PeopleStore, 'read' | 'write'>;
  readonly folder: string;
  /** Which invocation this is: another one writes no file of it. */
  readonly session: number;
}

/** So many people of a bucket take some 5 MiB, whatever an organization has. Beyond a million, buckets grow. */
const PEOPLE_PER_BUCKET = 4_096;
/** Read at once. */
const PEOPLE_PER_STEP = 16_384;
/** Two snapshots are kept, and all of it is read daily: time counts, not bytes. */
const LEVEL = 1;
const compress = promisify(gzip);

/** A power of two, so that the buckets of two snapshots can be compared. */
export function toBucketCount(people: number): number {
  let buckets = 1;
  while (buckets * PEOPLE_PER_BUCKET < people && buckets < SLICES) buckets *= 2;
  return buckets;
}

/**
 * Makes the buckets of a snapshot of its parts, each person once and each address once: a minute of work for a million
 * people, which is done again where the process is killed.
 */
export async function mergeParts(
  { store, folder, session }: Merging,
  { parts, ...read }: PeopleProgress,
): Promise<Merged> {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const buckets = toBucketCount(rows);
  const perStep = Math.max(1, Math.floor((PEOPLE_PER_STEP * buckets) / Math.max(1, rows)));
  const merged = newMerged(read);
  let writing: Promise<unknown> = Promise.resolve();
  const write = async (path: string, lines: Buffer) =>
    store.write(path, await compress(lines, { level: LEVEL }));

  // Memory that is used again: what is read would lie there until the next collection of garbage.
  const step = createByteText();
  const texts = [0, 1].map(() => ({ people: createByteText(), addresses: createByteText() }));

  for (let first = 0; first < buckets; first += perStep) {
    const last = Math.min(buckets, first + perStep) - 1;
    const from = toSliceRange(first, buckets).from;
    const copyLines = await readSlices(store, parts, { from, to: toSliceRange(last, buckets).to }, step);
    for (let bucket = first; bucket <= last; bucket += 1) {
      const text = texts[bucket % texts.length] ?? { people: createByteText(), addresses: createByteText() };
      const slices = toSliceRange(bucket, buckets);
      const people = toPeople(copyLines(slices, 'people', text.people), merged);
      const addresses = toAddresses(copyLines(slices, 'addresses', text.addresses));
      const name = `${String(bucket).padStart(3, '0')}-${session}.ndjson.gz`;
      const paths = { people: `${folder}/people/${name}`, addresses: `${folder}/addresses/${name}` };
      merged.buckets.push({ ...paths, rows: people.rows });
      await writing;
      // Written while the next bucket is merged.
      writing = Promise.all([write(paths.people, people.bytes), write(paths.addresses, addresses)]);
      writing.catch(() => undefined);
    }
  }
  await writing;
  return merged;
}

/** The lines of a bucket of people, each once; as they are where everybody is once already, as nearly always. */
function toPeople(bytes: Buffer, merged: Counts): { readonly rows: number; readonly bytes: Buffer } {
  const { rows, isEachOnce } = lookAtFirsts(bytes, '{"id":"');
  if (isEachOnce) return { rows, bytes };
  const parsed = toLines(bytes).map(parsePerson);
  const { people, repeated } = mergePeople(parsed);
  merged.repeated += repeated;
  for (const person of parsed) count(merged, person, -1);
  for (const person of people) count(merged, person, 1);
  return { rows: people.length, bytes: toBytes(people) };
}

const toAddresses = (bytes: Buffer): Buffer =>
  lookAtFirsts(bytes, '{"email":"').isEachOnce
    ? bytes
    : toBytes(mergeAddresses(toLines(bytes).map((line) => JSON.parse(line))));

const toLines = (bytes: Buffer) => bytes.toString('utf8').split('\n').slice(0, -1);
const toBytes = (rows: readonly object[]) =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

/**
 * How many lines there are, and whether no two begin alike, up to the end of their first text; with a quote in that text,
 * up to there. The lines themselves would be garbage.
 */
function lookAtFirsts(
  bytes: Buffer,
  opening: string,
): { readonly rows: number; readonly isEachOnce: boolean } {
  const firsts = new Set<string>();
  let rows = 0;
  for (let end = -1; end < bytes.length - 1; ) {
    const from = end + 1 + opening.length;
    firsts.add(bytes.toString('latin1', from, bytes.indexOf('"', from)));
    rows += 1;
    const next = bytes.indexOf('\n', from);
    end = next < 0 ? bytes.length : next;
  }
  return { rows, isEachOnce: firsts.size === rows };
}

type Counts = Pick<Merged, 'people' | 'outside' | 'repeated' | 'untold' | 'holders'>;

function count(merged: Counts, { isOutside, licenses }: SnapshotPerson, by: 1 | -1): void {
  if (isOutside) merged.outside += by;
  else merged.people += by;
  if (licenses === undefined) merged.untold += by;
  for (const license of licenses ?? [])
    if (typeof license === 'number') merged.holders[license] = (merged.holders[license] ?? 0) + by;
}

/** As if each row were another person: what comes twice is taken from it bucket by bucket. */
function newMerged({ rows, untold, holders, outside }: Omit<PeopleProgress, 'parts'>): Merged {
  const found = new Map(outside.map((one) => [one.license, one.found]));
  return {
    ...{ buckets: [], people: rows, repeated: 0, untold },
    outside: outside.reduce((sum, one) => sum + one.found, 0),
    holders: holders.map((listed, license) => listed + (found.get(license) ?? 0)),
  };
}
