import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeParts, toBucketCount } from '../../../src/people/merge-parts.ts';
import type { SnapshotPerson } from '../../../src/people/person.ts';
import { newPeopleProgress } from '../../../src/people/progress.ts';
import { readLines, readPeople } from '../../../src/people/read-snapshot.ts';
import { createMemoryPeople } from '../../memory/people-store.ts';
import { writePart } from './parts.ts';

/** Writes parts, and makes buckets of them: as many as if there were many times more people. */
async function make(parts: readonly (readonly SnapshotPerson[])[], times: number) {
  const store = createMemoryPeople();
  let progress = newPeopleProgress(4);
  for (const part of parts) progress = await writePart(store, 'v1/o/r', progress, part);
  const counted = progress.parts.map((part) => ({ ...part, rows: part.rows * times }));
  const merging = { store, folder: 'v1/o/r', session: 2, clock: () => new Date() };
  return { store, merged: await mergeParts(merging, { ...progress, parts: counted }) };
}

async function merge(...lines: readonly SnapshotPerson[]) {
  const { store, merged } = await make([lines], 1);
  const [bucket] = merged.buckets;
  const read = async (path = '') => (await readLines(store, path)).map((line) => JSON.parse(line));
  return {
    people: new Map((await read(bucket?.people)).map((person) => [person.id, person])),
    addresses: await read(bucket?.addresses),
    repeated: merged.repeated,
  };
}
const toMap = (...people: readonly SnapshotPerson[]) => new Map(people.map((person) => [person.id, person]));

describe('somebody who was listed twice', () => {
  test('is once as they were seen last, and is counted', async () => {
    const [first, last] = [
      { id: 'a', emails: ['a@x.example'], licenses: [1] },
      { id: 'a', emails: ['b@x.example'], licenses: [2] },
    ];
    expect(await merge(first, { id: 'b', emails: [] }, last)).toMatchObject({
      people: toMap(last, { id: 'b', emails: [] }),
      repeated: 1,
    });
  });

  test('outside the organization holds what each license says, and is no repetition', async () => {
    const row = { id: 'x', emails: ['x@out.example'], isOutside: true } as const;
    expect(
      await merge({ ...row, licenses: [3] }, { ...row, licenses: [0] }, { ...row, licenses: [3] }),
    ).toMatchObject({ people: toMap({ ...row, licenses: [3, 0] }), repeated: 0 });
  });

  test('in both lists is a person of the organization, whichever came first', async () => {
    const inside = { id: 'a', emails: ['a@x.example', 'alias@x.example'], licenses: [1] };
    const outside = { id: 'a', emails: ['a@x.example'], licenses: [2], isOutside: true } as const;
    const expected = { people: toMap({ ...inside, licenses: [1, 2] }), repeated: 0 };
    expect(await merge(inside, outside)).toMatchObject(expected);
    expect(await merge(outside, inside)).toMatchObject(expected);
  });
});

test('an address that two people have leads to nobody', async () => {
  const [both, one] = [['both@x.example'], ['one@x.example', 'both@x.example']];
  const { addresses } = await merge(
    { id: 'a', emails: one },
    { id: 'b', emails: both },
    { id: 'a', emails: one },
  );
  expect(addresses).toEqual([{ email: 'one@x.example', id: 'a', others: both }]);
});

test('people whose ids begin alike, up to a quote or a comma, are different people', async () => {
  const ids = ['a', 'a"', 'a",', 'a","emails":[', 'a,', 'ä', 'a\\'];
  const { people, repeated } = await merge(...ids.map((id) => ({ id, emails: [] })));
  expect([[...people.keys()].sort(), repeated]).toEqual([ids.sort(), 0]);
});

test('a snapshot has one bucket for each 4,096 people, a power of two, 256 at most', () => {
  const counts = [0, 1, 4_096, 4_097, 100_000, 1_000_000, 50_000_000].map(toBucketCount);
  expect(counts).toEqual([1, 1, 1, 2, 32, 256, 256]);
});

describe('parts', () => {
  test('become buckets that have each person once, in the slices of the bucket, and each address once', async () => {
    const ids = fc.array(fc.array(fc.nat(40), { maxLength: 30 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(ids, fc.constantFrom(1, 300, 3_000, 300_000), async (numbers, times) => {
        const parts = numbers.map((part, index) =>
          part.map((number) => ({
            id: `person ${number}`,
            emails: [`P${number}@x.example`, `alias${number}@x.example`],
            ...(number % 7 > 0 && { licenses: [index] }),
          })),
        );
        const { store, merged } = await make(parts, times);
        const expected = new Map(parts.flat().map((person): [string, SnapshotPerson] => [person.id, person]));
        const { buckets } = merged;
        const people = await readPeople(store, { buckets }, { from: 0, to: 256 });
        expect(new Map(people.map((person) => [person.id, person]))).toEqual(expected);
        expect(people).toHaveLength(expected.size);
        const all = [...expected.values()];
        expect(merged).toMatchObject({
          repeated: parts.flat().length - all.length,
          totals: {
            people: all.length,
            untold: all.filter(({ licenses }) => !licenses).length,
            holders: [0, 1, 2, 3].map(
              (license) => all.filter(({ licenses }) => licenses?.includes(license)).length,
            ),
          },
        });
        const [low, high] = await Promise.all(
          [
            { from: 0, to: 100 },
            { from: 100, to: 256 },
          ].map((slices) => readPeople(store, { buckets }, slices)),
        );
        expect([...(low ?? []), ...(high ?? [])]).toHaveLength(expected.size);
        const addresses = await Promise.all(buckets.map((bucket) => readLines(store, bucket.addresses)));
        const found = new Map(addresses.flat().map((text) => [JSON.parse(text).email, JSON.parse(text).id]));
        expect(found.size).toBe(2 * expected.size);
        for (const { id, emails } of all)
          for (const email of emails) expect(found.get(email.toLowerCase())).toBe(id);
      }),
      { numRuns: 30 },
    );
  });

  test('that are not what was written are not read as if they were', async () => {
    const store = createMemoryPeople();
    const part = { path: 'gone', rows: 1, offsets: [0, ...Array.from({ length: 512 }, () => 9)] };
    const progress = { ...newPeopleProgress(1), parts: [part] };
    await expect(
      mergeParts({ store, folder: 'v1', session: 1, clock: () => new Date() }, progress),
    ).rejects.toThrow('gone is not what was written');
  });
});
