import { describe, expect, test } from '@jest/globals';
import { findDoubts } from '../../../src/people/doubts.ts';
import { newPeopleProgress } from '../../../src/people/progress.ts';
import type { License } from '../../../src/webex/license.ts';

type Counted = License & { readonly counted: number | null };
const paid = (counted: number | null): Counted => ({
  ...{ id: 'paid', name: 'Webex Suite', subscriptionId: 'Sub1', totalUnits: 500, consumedUnits: 500 },
  counted,
});
const find = (
  { listed = {}, repeated = 0, totals = {} }: { listed?: object; repeated?: number; totals?: object },
  licenses: readonly Counted[] = [paid(null)],
) =>
  findDoubts(
    {
      ...{ ...newPeopleProgress(1), isListed: true, counts: licenses.map(({ counted }) => counted) },
      ...listed,
    },
    {
      repeated,
      totals: { people: 1_000, outside: 0, untold: 0, holders: [0], ...totals },
    },
    licenses,
  );

describe('a reading of all people', () => {
  test('in which all adds up leaves no doubt, with more holders than are counted too', () => {
    expect(find({ totals: { holders: [500] } }, [paid(500)])).toEqual([]);
    expect(find({ totals: { holders: [501] } }, [paid(500)])).toEqual([]);
  });

  test.each([
    ['one of 99', 98, 99, true],
    ['one of 100', 99, 100, false],
    ['five of 500', 495, 500, false],
    ['six of 500', 494, 500, true],
  ])(
    'that misses %s holders says so, and is whole up to one percent: %#',
    (_what, found, counted, isGrave) => {
      expect(find({ totals: { holders: [found] } }, [paid(counted)])).toEqual([
        {
          condition: 'holders-missing',
          detail: `who holds Webex Suite is not known in full: ${counted - found} of its people are missing from the listing of Webex`,
          isGrave,
        },
      ]);
    },
  );

  test('says why the holders from outside are not known, where Webex refuses them', () => {
    const outside = [{ license: 0, pages: 0, isDone: true, failure: 'Webex: refused (404)' }];
    const [doubt] = find({ listed: { outside }, totals: { holders: [400] } }, [paid(500)]);
    expect(doubt).toMatchObject({
      detail: 'who holds Webex Suite is not known in full: Webex: refused (404)',
      isGrave: true,
    });
  });

  test('believes no count of a license that is free, hybrid or without one', () => {
    const free = { ...paid(500), name: 'Basic Messaging' };
    expect(find({}, [free, { ...paid(null), id: 'other' }])).toEqual([]);
  });

  test.each([
    ['people-repeated', { repeated: 10 }, false],
    ['people-repeated', { repeated: 11 }, true],
    ['people-repeated', { repeated: 3, totals: { people: 5 } }, false],
    ['people-repeated', { repeated: 4, totals: { people: 5 } }, true],
    ['people-odd', { listed: { odd: 11 } }, true],
    ['people-untold', { totals: { untold: 11 } }, true],
    ['query-lost', { listed: { lostQueries: 1 } }, true],
  ])('tells %s apart: %j', (condition, facts, isGrave) => {
    expect(find(facts)).toMatchObject([{ condition, isGrave }]);
  });
});
