import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  areWaitersStored,
  countFree,
  hasSeat,
  isNewlyAwaited,
  markUsed,
  RESERVED_FOR_MS,
  release,
  reserve,
  reserveStock,
  type SeatPool,
  toPool,
  toWake,
} from '../../../src/seats/pool.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24, 12) + seconds * 1_000);
const license = (free: number) => ({ id: 'l', name: 'n', totalUnits: free, consumedUnits: 0 });
const pool = (free: number, more: Partial<SeatPool> = {}): SeatPool => ({
  licenseId: 'l',
  freeUnits: free,
  readAt: at(0),
  taken: [],
  ...more,
});

describe('a seat', () => {
  test('that is taken is not free', () => {
    expect(countFree(reserve(pool(1), 'r', at(1)))).toBe(0);
  });

  test('is the same one for the same request', () => {
    const once = reserve(pool(2), 'r', at(1));
    expect(hasSeat(once, 'r', at(2))).toBe(true);
    expect(hasSeat(once, 'other', at(2))).toBe(false);
    expect(countFree(reserve(once, 'r', at(5)))).toBe(1);
    expect(countFree(release(once, 'r'))).toBe(2);
  });

  test('lasts for a whole attempt, or is not there', () => {
    const taken = reserve(pool(1), 'r', at(0));
    expect(hasSeat(taken, 'r', at(30))).toBe(true);
    expect(hasSeat(taken, 'r', at(31))).toBe(false);
  });

  test('counts as taken until a catalogue is read that must show whether it was used', () => {
    const taken = reserve(pool(1), 'r', at(0));
    const end = RESERVED_FOR_MS / 1_000;
    expect(countFree(toPool(taken, license(1), at(end - 1), undefined))).toBe(0);
    expect(countFree(toPool(taken, license(1), at(end), undefined))).toBe(1);
  });

  test('that was used counts as taken until the consumed units have risen by it, or for an hour', () => {
    const lagging = (readAt: Date) => toPool(used, license(1), readAt, undefined);
    const used = markUsed(reserve(toPool(undefined, license(1), at(0), undefined), 'r', at(1)), 'r', at(2));
    expect(countFree(lagging(at(120)))).toBe(0);
    expect(countFree(lagging(at(3_601)))).toBe(0);
    expect(countFree(lagging(at(3_602)))).toBe(1);
    const shown = { ...license(1), totalUnits: 2, consumedUnits: 1 };
    expect(toPool(used, shown, at(60), undefined).taken).toEqual([]);
    expect(countFree(toPool(used, shown, at(60), undefined))).toBe(1);
  });

  test('that a catalogue shows before its change is known to have ended is counted once', () => {
    const taken = reserve(toPool(undefined, license(5), at(0), undefined), 'r', at(1));
    const shown = toPool(taken, { ...license(5), consumedUnits: 1 }, at(2), undefined);
    expect(countFree(markUsed(shown, 'r', at(3)))).toBe(4);
  });

  test('is free again for others where it was not used, whatever a catalogue showed meanwhile', () => {
    const taken = reserve(toPool(undefined, license(5), at(0), undefined), 'r', at(1));
    const shown = toPool(taken, { ...license(5), consumedUnits: 1 }, at(2), undefined);
    const back = release(shown, 'r');
    expect(countFree(back)).toBe(4);
    expect(countFree(markUsed(reserve(back, 's', at(3)), 's', at(4)))).toBe(3);
  });

  test('is not counted by an older reading than the one that is known', () => {
    expect(toPool(pool(3), license(9), at(-1), undefined).freeUnits).toBe(3);
  });
});

describe('an instance', () => {
  test('takes many seats of a full pool, and none of a small one', () => {
    expect(reserveStock(pool(160), 'i', at(0)).seats).toBe(20);
    expect(reserveStock(pool(10_000), 'i', at(0)).seats).toBe(64);
    expect(reserveStock(pool(49), 'i', at(0)).seats).toBe(0);
  });

  test('never overdraws a pool, whoever else takes what', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.array(fc.boolean(), { maxLength: 300 }), (free, takes) => {
        let given = 0;
        let now = pool(free);
        for (const [index, alone] of takes.entries()) {
          if (countFree(now) <= 0) break;
          const several = reserveStock(now, 'i', at(0));
          const isAlone = alone || several.seats === 0;
          now = isAlone ? reserve(now, `r${index}`, at(0)) : several.pool;
          given += isAlone ? 1 : several.seats;
        }
        expect(given).toBeLessThanOrEqual(free);
        expect(countFree(now)).toBe(free - given);
      }),
    );
  });
});

describe('of those that wait', () => {
  const waiting = ['a', 'b', 'c'].map((requestId) => ({ requestId }));

  test('as many go on as seats are free, the oldest first', () => {
    expect(toWake(pool(2), waiting, at(0))).toEqual([{ requestId: 'a' }, { requestId: 'b' }]);
    expect(toWake(pool(-1), waiting, at(0))).toEqual([]);
  });

  test('one that was woken is not woken again', () => {
    const woken = reserve(pool(2), 'a', at(0));
    expect(toWake(woken, waiting, at(0))).toEqual([{ requestId: 'b' }]);
  });

  test('none is forgotten: a note that somebody waits outlasts the attempt that was told to', () => {
    const noted = pool(0, { awaitedAt: at(0) });
    expect(isNewlyAwaited(pool(0), at(0))).toBe(true);
    expect([30, 31].map((seconds) => isNewlyAwaited(noted, at(seconds)))).toEqual([false, true]);
    expect([75, 76].map((seconds) => areWaitersStored(noted, at(seconds)))).toEqual([false, true]);
  });
});
