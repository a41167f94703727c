import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findPeopleRefusal, findRefusal } from '../../../../src/inventory/run/guard.ts';

const licenses = (...ids: string[]) => ids.map((id) => ({ id }));

describe('a catalogue', () => {
  test('is published where there was none', () => {
    expect(findRefusal(licenses('a'), [])).toBeUndefined();
  });

  test('that is empty is refused, the first one too', () => {
    expect(findRefusal([], [])?.condition).toBe('catalogue-empty');
    expect(findRefusal([], licenses('a'))?.condition).toBe('catalogue-empty');
  });

  test('is refused exactly where over half of what was there is gone', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(ids, fc.nat(30), fc.nat(5), (previous, kept, added) => {
        const stay = previous.slice(0, kept);
        const now = [
          ...stay,
          ...Array.from({ length: added }, (_, index) => `new ${index} ${previous.join()}`),
        ];
        fc.pre(now.length > 0);
        const isOverHalf = (previous.length - stay.length) * 2 > previous.length;
        expect(findRefusal(licenses(...now), licenses(...previous)) !== undefined).toBe(isOverHalf);
      }),
    );
  });
});

test('people are refused where over half of those before are gone', () => {
  const conditions = [findPeopleRefusal(5, 10), findPeopleRefusal(4, 10), findPeopleRefusal(0, undefined)];
  expect(conditions.map((refusal) => refusal?.condition)).toEqual([undefined, 'people-collapsed', undefined]);
});
