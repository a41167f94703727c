import type { AddressLine } from '../../people/person.ts';
import { readLines } from '../../people/read-snapshot.ts';
import { toPersonSlice, toSliceRange } from '../../people/slices.ts';
import { readSlices } from '../../people/sorted-parts.ts';
import { comparePerson, createDriftCounter } from './compare.ts';
import type { ExpectationLine } from './expectation-line.ts';
import type { DriftGround } from './ground.ts';
import { type NamedLine, withPart } from './list-expectations.ts';
import type { DriftProgress } from './progress.ts';

const BUCKETS_PER_STEP = 8;

/** Looks for the ids of people of whom HR knows an address alone, in some buckets of the index of addresses. */
export async function findAddresses(ground: DriftGround, progress: DriftProgress): Promise<DriftProgress> {
  const { snapshot, snapshots, places, part: found } = ground;
  const { buckets } = snapshot;
  if (!progress.hasNamed) return { ...progress, lookedThrough: buckets.length };
  const end = Math.min(buckets.length, progress.lookedThrough + BUCKETS_PER_STEP);
  const counter = createDriftCounter(progress.counts, places);
  for (let bucket = progress.lookedThrough; bucket < end; bucket += 1) {
    const slices = toSliceRange(bucket, buckets.length);
    const linesOf = await readSlices(snapshots, progress.listed, slices);
    const lines = toLines(linesOf(slices, 'addresses')).map((line): NamedLine => JSON.parse(line));
    if (lines.length === 0) continue;
    const ids = await readIds(ground, bucket);
    for (const { address, isFirst, expected } of lines) {
      const id = ids.get(address);
      const known: ExpectationLine | undefined = id === undefined ? undefined : { ...expected, id };
      if (known?.id !== undefined) found.add(toPersonSlice(known.id), 'people', known);
      else if (isFirst)
        counter.add(
          comparePerson(expected, undefined, {
            ...ground.compare,
            hasEverybody: false,
            knowsEverybody: true,
          }),
        );
    }
  }
  return {
    ...progress,
    found: await withPart(ground, progress.found, 'found'),
    lookedThrough: end,
    counts: counter.counts(),
  };
}

export const toLines = (bytes: Buffer): readonly string[] =>
  bytes.toString('utf8').split('\n').filter(Boolean);

/** The ids by address of a bucket, of people of the organization. */
async function readIds(
  { snapshot, snapshots }: DriftGround,
  bucket: number,
): Promise<ReadonlyMap<string, string>> {
  const lines = await readLines(snapshots, snapshot.buckets[bucket]?.addresses ?? '');
  return new Map(
    lines.flatMap((line) => {
      const { email, id, isOutside }: AddressLine = JSON.parse(line);
      return isOutside ? [] : [[email, id] as const];
    }),
  );
}
