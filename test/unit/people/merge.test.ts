import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeAddresses, mergeLines } from '../../../src/people/merge-lines.ts';
import { mergeParts, toBucketCount } from '../../../src/people/merge-parts.ts';
import { createPartWriter } from '../../../src/people/part-writer.ts';
import { parsePerson, type SnapshotPerson } from '../../../src/people/person.ts';
import { newPeopleProgress, type PeopleProgress } from '../../../src/people/progress.ts';
import { readLines, readPeople } from '../../../src/people/read-snapshot.ts';
import { loadToSlice } from '../../../src/people/slices.ts';
import { createMemoryPeople } from '../../memory/people-store.ts';

const line = (person: object) => JSON.stringify(person);
const merge = (...people: object[]) => {
  return mergeLines(people.map((person) => parsePerson(line(person))));
};

describe('somebody who was listed twice', () => {
  test('is once as they were seen last, and is counted', () => {
    const [first, last] = [
      { id: 'a', emails: ['a@x.example'], licenses: [1] },
      { id: 'a', emails: ['b@x.example'], licenses: [2] },
    ];
    expect(merge(first, { id: 'b', emails: [] }, last)).toEqual({
      people: [last, { id: 'b', emails: [] }],
      repeated: 1,
    });
  });

  test('outside the organization holds what each license says, and is no repetition', () => {
    const row = { id: 'x', emails: ['x@out.example'], isOutside: true };
    expect(merge({ ...row, licenses: [3] }, { ...row, licenses: [0] }, { ...row, licenses: [3] })).toEqual({
      people: [{ ...row, licenses: [3, 0] }],
      repeated: 0,
    });
  });

  test('in both lists is a person of the organization, whichever came first', () => {
    const inside = { id: 'a', emails: ['a@x.example', 'alias@x.example'], licenses: [1] };
    const outside = { id: 'a', emails: ['a@x.example'], licenses: [2], isOutside: true };
    const expected = { people: [{ ...inside, licenses: [1, 2] }], repeated: 0 };
    expect(merge(inside, outside)).toEqual(expected);
    expect(merge(outside, inside)).toEqual(expected);
  });
});

test('an address that two people have leads to nobody', () => {
  const lines = [
    { email: 'one@x.example', id: 'a' },
    { email: 'both@x.example', id: 'a' },
    { email: 'both@x.example', id: 'b' },
    { email: 'one@x.example', id: 'a' },
    { email: 'both@x.example', id: 'a' },
  ].map(line);
  expect(mergeAddresses(lines)).toEqual([lines[0]]);
});

test('a snapshot has one bucket for each 4,096 people, a power of two, 256 at most and no more than are asked for', () => {
  const counts = [0, 1, 4_096, 4_097, 100_000, 1_000_000, 50_000_000].map((people) =>
    toBucketCount(people, 1_000),
  );
  expect(counts).toEqual([1, 1, 1, 2, 32, 256, 256]);
  expect(toBucketCount(1_000_000, 100)).toBe(64);
  expect(toBucketCount(1_000_000, 0)).toBe(1);
});

describe('parts', () => {
  /** As a reading counts these rows. */
  const toProgress = (rows: readonly SnapshotPerson[]): PeopleProgress => ({
    ...newPeopleProgress(4),
    rows: rows.length,
    untold: rows.filter(({ licenses }) => !licenses).length,
    holders: [0, 1, 2, 3].map((license) => rows.filter(({ licenses }) => licenses?.includes(license)).length),
  });

  /** Writes parts, and makes buckets of them, stopped after each step. */
  async function make(parts: readonly (readonly SnapshotPerson[])[], maxBuckets: number) {
    const store = createMemoryPeople();
    const toSlice = await loadToSlice();
    const reading = { store, toSlice, folder: 'v1/o/r', session: 1, save: async () => undefined };
    const writer = createPartWriter(reading, newPeopleProgress(4));
    for (const part of parts) {
      for (const person of part) writer.add(person);
      await writer.write(toProgress(parts.flat()));
    }
    let progress = await writer.end();
    const seen: string[] = [];
    const counted = {
      ...progress,
      parts: progress.parts.map((part) => ({ ...part, rows: part.rows * 9_000 })),
    };
    for (progress = counted; progress.merged?.done.length !== (progress.merged?.buckets ?? -1); ) {
      let saved: PeopleProgress | undefined;
      const merging = {
        ...{ store, folder: 'v1/o/r', session: 2, maxBuckets },
        onBucket: async (_bucket: number, _buckets: number, toPeople: () => readonly SnapshotPerson[]) => {
          seen.push(...toPeople().map(({ id }) => id));
        },
        save: async (next: PeopleProgress) => {
          saved = next;
        },
        isOver: () => saved !== undefined,
      };
      progress = await mergeParts(merging, progress);
      expect(progress).toEqual(saved);
    }
    return { store, toSlice, seen, merged: progress.merged };
  }

  test('become buckets that have each person once, in the slices of the bucket, and each address once', async () => {
    const ids = fc.array(fc.array(fc.nat(40), { maxLength: 30 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(ids, fc.constantFrom(1, 3, 16, 256), async (numbers, maxBuckets) => {
        const parts = numbers.map((part, index) =>
          part.map((number) => ({
            id: `person ${number}`,
            emails: [`P${number}@x.example`, `alias${number}@x.example`],
            ...(number % 7 > 0 && { licenses: [index] }),
          })),
        );
        const { store, toSlice, seen, merged } = await make(parts, maxBuckets);
        const expected = new Map(parts.flat().map((person) => [person.id, person]));
        const buckets = merged?.done ?? [];
        const people = await readPeople(store, { buckets }, { from: 0, to: 256 }, toSlice);
        expect(new Map(people.map((person) => [person.id, person]))).toEqual(expected);
        expect(people).toHaveLength(expected.size);
        expect([...seen].sort()).toEqual([...expected.keys()].sort());
        expect(merged).toMatchObject({
          people: expected.size,
          repeated: parts.flat().length - expected.size,
          untold: toProgress([...expected.values()]).untold,
          holders: toProgress([...expected.values()]).holders,
        });
        const [low, high] = await Promise.all(
          [
            { from: 0, to: 100 },
            { from: 100, to: 256 },
          ].map((slices) => readPeople(store, { buckets }, slices, toSlice)),
        );
        expect([...(low ?? []), ...(high ?? [])]).toHaveLength(expected.size);
        const addresses = await Promise.all(buckets.map((bucket) => readLines(store, bucket.addresses)));
        const found = new Map(addresses.flat().map((text) => [JSON.parse(text).email, JSON.parse(text).id]));
        expect(found.size).toBe(2 * expected.size);
        for (const { id, emails } of expected.values())
          for (const email of emails) expect(found.get(email.toLowerCase())).toBe(id);
      }),
      { numRuns: 30 },
    );
  });

  test('that are not what was written are not read as if they were', async () => {
    const store = createMemoryPeople();
    const part = { path: 'gone', rows: 1, offsets: [0, ...Array.from({ length: 512 }, () => 9)] };
    const merging = {
      ...{ store, folder: 'v1', session: 1, maxBuckets: 1, isOver: () => false },
      ...{ onBucket: async () => undefined, save: async () => undefined },
    };
    const progress = { ...newPeopleProgress(1), parts: [part] };
    await expect(mergeParts(merging, progress)).rejects.toThrow('gone is not what was written');
  });
});
