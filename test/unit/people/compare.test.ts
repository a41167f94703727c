import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { comparePeople, type Side } from '../../../src/people/compare.ts';

const toSide = (
  held: Readonly<Record<string, readonly string[] | undefined>>,
  licenseIds: readonly string[],
): Side => ({
  licenseIds,
  people: new Map(
    Object.entries(held).map(([id, licenses]) => [
      id,
      {
        ...{ id, emails: [] },
        ...(licenses && {
          licenses: licenses.map((license) =>
            licenseIds.includes(license) ? licenseIds.indexOf(license) : license,
          ),
        }),
      },
    ]),
  ),
});
const toTexts = (before: Side, now: Side) =>
  [...comparePeople(before, now)]
    .map(({ change, licenseId, person }) => `${person.id} ${change} ${licenseId}`)
    .sort();

test('two snapshots differ by who gained and who lost which license, whatever place it has in their catalogues', () => {
  const held = fc.dictionary(
    fc.constantFrom('ann', 'bob', 'cyd', 'dan'),
    fc.uniqueArray(fc.constantFrom<string[]>('a', 'b', 'c', 'unlisted')),
  );
  fc.assert(
    fc.property(held, held, (before, now) => {
      const pairs = (of: Readonly<Record<string, readonly string[]>>) =>
        Object.entries(of).flatMap(([id, licenses]) => licenses.map((license) => [id, license] as const));
      const has = (of: typeof before, [id, license]: readonly [string, string]) => of[id]?.includes(license);
      const expected = [
        ...pairs(now)
          .filter((pair) => !has(before, pair))
          .map(([id, license]) => `${id} gained ${license}`),
        ...pairs(before)
          .filter((pair) => !has(now, pair))
          .map(([id, license]) => `${id} lost ${license}`),
      ];
      const found = toTexts(toSide(before, ['a', 'b', 'c']), toSide(now, ['c', 'b', 'a']));
      expect(found).toEqual(expected.sort());
    }),
  );
});

test('somebody whose licenses are not told has neither gained nor lost any', () => {
  const known = toSide({ ann: ['a'], bob: ['a'] }, ['a']);
  const untold = toSide({ ann: undefined, bob: ['a'] }, ['a']);
  expect(toTexts(known, untold)).toEqual([]);
  expect(toTexts(untold, known)).toEqual([]);
});

test('the same places of another catalogue are other licenses', () => {
  const [before, now] = [toSide({ ann: ['a'] }, ['a', 'b']), toSide({ ann: ['b'] }, ['b', 'a'])];
  expect(toTexts(before, now)).toEqual(['ann gained b', 'ann lost a']);
});
