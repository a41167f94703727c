import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../platform/clock.ts';
import { type AddressLine, parsePerson, type SnapshotPerson } from './person.ts';
import type { PeopleStore } from './ports.ts';
import { countPerson, type Merged, type PeopleProgress } from './progress.ts';
import { SLICES, toSliceRange } from './slices.ts';
import { readSlices } from './sorted-parts.ts';

interface Merging {
  readonly store: Pick<PeopleStore, 'read' | 'write'>;
  readonly folder: string;
  /** Which invocation this is: another one writes no file of it. */
  readonly session: number;
  readonly clock: Clock;
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
  { store, folder, session, clock }: Merging,
  { parts, totals }: PeopleProgress,
): Promise<Merged> {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const buckets = toBucketCount(rows);
  const perStep = Math.max(1, Math.floor((PEOPLE_PER_STEP * buckets) / Math.max(1, rows)));
  // Of all lines: what comes twice is taken from them bucket by bucket.
  const merged = { buckets: [] as Merged['buckets'], repeated: 0, totals: structuredClone(totals) };
  let writing: Promise<unknown> = Promise.resolve();
  const write = async (path: string, lines: Buffer) =>
    store.write(path, await compress(lines, { level: LEVEL }));

  for (let first = 0; first < buckets; first += perStep) {
    const last = Math.min(buckets, first + perStep) - 1;
    const linesOf = await readSlices(store, parts, toSliceRange(first, buckets, last));
    for (let bucket = first; bucket <= last; bucket += 1) {
      const slices = toSliceRange(bucket, buckets);
      const people = mergeLines(linesOf(slices, 'people'), (...lines) => mergePeople(merged, ...lines));
      const addresses = mergeLines(linesOf(slices, 'addresses'), mergeAddresses);
      const name = `${String(bucket).padStart(3, '0')}-${session}.ndjson.gz`;
      const paths = { people: `${folder}/people/${name}`, addresses: `${folder}/addresses/${name}` };
      merged.buckets.push({ ...paths, rows: people.rows });
      await writing;
      // Written while the next bucket is merged.
      writing = Promise.all([write(paths.people, people.bytes), write(paths.addresses, addresses.bytes)]);
      writing.catch(() => undefined);
    }
  }
  await writing;
  return { ...merged, readEndedAt: clock() };
}

/**
 * Makes one of all lines that have the same first member, which is all that is read of most lines.
 * @param merge the line that two become; '' where they, and further ones, become none
 */
function mergeLines(
  bytes: Buffer,
  merge: (before: string, line: string) => string,
): { readonly rows: number; readonly bytes: Buffer } {
  const lines = bytes.toString('utf8').split('\n').slice(0, -1);
  const byFirst = new Map<string, string>();
  for (const line of lines) {
    // A quote in a text is escaped: the first of these ends the first member.
    const first = line.slice(0, line.indexOf(',"'));
    const before = byFirst.get(first);
    byFirst.set(first, before === undefined ? line : merge(before, line));
  }
  if (byFirst.size === lines.length) return { rows: lines.length, bytes };
  const kept = [...byFirst.values()].filter(Boolean);
  return { rows: kept.length, bytes: Buffer.from(kept.map((line) => `${line}\n`).join('')) };
}

/**
 * The list of people is no snapshot in time: who was seen twice is as the later line says. Somebody outside the organization
 * has a line for each license that was read, and holds them all.
 */
function mergePeople(merged: Pick<Merged, 'repeated' | 'totals'>, before: string, line: string): string {
  const [past, next] = [parsePerson(before), parsePerson(line)];
  const isRepeated = !past.isOutside && !next.isOutside;
  const person = isRepeated ? next : join(past, next);
  if (isRepeated) merged.repeated += 1;
  for (const line of [past, next]) countPerson(merged.totals, line, -1);
  countPerson(merged.totals, person);
  return JSON.stringify(person);
}

/** What the list of people says of somebody goes before what the holders of a license say. */
function join(before: SnapshotPerson, next: SnapshotPerson): SnapshotPerson {
  const [inner, outer] = before.isOutside ? [next, before] : [before, next];
  return { ...inner, licenses: [...new Set([...(inner.licenses ?? []), ...(outer.licenses ?? [])])] };
}

/** An address that two people have leads to no person: Webex is asked. */
function mergeAddresses(before: string, line: string): string {
  const toId = (text: string) => (JSON.parse(text) as AddressLine).id;
  return before !== '' && toId(before) === toId(line) ? line : '';
}
