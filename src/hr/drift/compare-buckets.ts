import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pMapIterable } from 'p-map';
import { parsePerson } from '../../people/person.ts';
import { readLines } from '../../people/read-snapshot.ts';
import { toSliceRange } from '../../people/slices.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import { readSlices } from '../../people/sorted-parts.ts';
import { toCanonicalId } from '../../webex/webex-id.ts';
import {
  type CompareGround,
  comparePerson,
  compareUnknown,
  createDriftCounter,
  joinExpectations,
  type PersonDrift,
} from './compare.ts';
import type { DriftLine } from './drift.ts';
import type { ExpectationLine } from './expectation-line.ts';
import { toLines } from './find-addresses.ts';
import type { DriftGround } from './ground.ts';
import { type DriftBlock, type DriftProgress, toDriftPath } from './progress.ts';

/** Compared at once, and again where the process is killed. */
const PEOPLE_PER_STEP = 32_768;
/** A reader takes a block at a time: a few MiB. */
const ROWS_PER_BLOCK = 5_000;
/** The lines are read seldom. */
const LEVEL = 2;
const compress = promisify(gzip);

/** The name of a block: all have the same length, as Azure wants it. */
export const toBlockName = ({ session }: Pick<DriftBlock, 'session'>, block: number): string =>
  [session, block].map((part) => String(part).padStart(6, '0')).join('-');

/** Compares the people of some buckets with what they are expected to hold, and stages the lines of what is found. */
export async function compareBuckets(ground: DriftGround, progress: DriftProgress): Promise<DriftProgress> {
  const { snapshot, places } = ground;
  const { buckets } = snapshot;
  const rows = buckets.reduce((sum, bucket) => sum + bucket.rows, 0);
  const perStep = Math.max(1, Math.floor((PEOPLE_PER_STEP * buckets.length) / Math.max(1, rows)));
  const end = Math.min(buckets.length, progress.compared + perStep);
  const counter = createDriftCounter(progress.counts, places);
  const knowsEverybody = (progress.counts?.people.unreadable ?? 0) === 0;
  const compare: CompareGround = { ...ground.compare, knowsEverybody };
  const linesOf = await readExpected(ground, progress, { from: progress.compared, to: end });
  const lines = createBlocks(ground, progress.blocks);
  const take = async (drift: PersonDrift) => {
    counter.add(drift);
    if (drift.lines.length > 0) await lines.add(drift.lines);
  };
  const absent: ExpectationLine[] = [];
  const toCompare = buckets.slice(progress.compared, end);
  const read = ({ people }: Snapshot['buckets'][number]) => readLines(ground.snapshots, people);
  let bucket = progress.compared;
  // The next bucket is read while one is compared.
  for await (const people of pMapIterable(toCompare, read, { concurrency: 1 })) {
    const expected = toExpected(linesOf(bucket));
    for (const text of people) {
      const person = parsePerson(text);
      if (person.isOutside) continue;
      const key = toKey(person.id);
      const line = expected.get(key);
      expected.delete(key);
      await take(line ? comparePerson(line, person, compare) : compareUnknown(person, compare));
    }
    absent.push(...expected.values());
    bucket += 1;
  }
  for (const line of absent) await take(comparePerson(line, undefined, compare));
  return { ...progress, compared: end, blocks: await lines.end(), counts: counter.counts() };
}

/** Stages lines in blocks: those of a person are in one. */
function createBlocks({ session, files, folder }: DriftGround, before: readonly DriftBlock[]) {
  const blocks = [...before];
  let lines: string[] = [];
  let asked = 0;
  async function stage(): Promise<void> {
    if (lines.length === 0) return;
    const bytes = await compress(`${lines.join('\n')}\n`, { level: LEVEL });
    const last = blocks.at(-1);
    const offset = last ? last.offset + last.bytes : 0;
    const block = { session, offset, bytes: bytes.length, rows: lines.length, asked };
    await files.stage(toDriftPath(folder), toBlockName(block, blocks.length), bytes);
    blocks.push(block);
    [lines, asked] = [[], 0];
  }
  return {
    async add(more: readonly DriftLine[]): Promise<void> {
      for (const line of more) {
        lines.push(JSON.stringify(line));
        if (line.repair === 'asked') asked += 1;
      }
      if (lines.length >= ROWS_PER_BLOCK) await stage();
    },
    async end(): Promise<DriftBlock[]> {
      await stage();
      return blocks;
    },
  };
}

/** Ids are as Webex spelled them, or as another system did. */
const toKey = (id: string) => (/[-_=]/.test(id) ? toCanonicalId('PEOPLE', id) : id);

/** Reads what is expected of the people of some buckets. @returns the lines of one of them */
async function readExpected(
  { snapshot, snapshots }: DriftGround,
  { listed, found }: DriftProgress,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<(bucket: number) => Buffer> {
  const total = snapshot.buckets.length;
  const linesOf = await readSlices(snapshots, [...listed, ...found], toSliceRange(from, total, to - 1));
  return (bucket) => linesOf(toSliceRange(bucket, total), 'people');
}

/** By the id of the person. */
function toExpected(bytes: Buffer): Map<string, ExpectationLine> {
  const expected = new Map<string, ExpectationLine>();
  for (const text of toLines(bytes)) {
    const line: ExpectationLine = JSON.parse(text);
    if (line.id === undefined) continue;
    const key = toKey(line.id);
    const before = expected.get(key);
    const isSame = before?.key === line.key;
    expected.set(key, before && !isSame ? joinExpectations(before, line) : line);
  }
  return expected;
}
