import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { forecast } from '../../../../src/inventory/insight/forecast.ts';
import { seeded } from '../seeded.ts';

const readings = (consumed: readonly number[], firstDay = 20_000) =>
  consumed.map((consumedUnits, index) => ({ day: firstDay + index, totalUnits: undefined, consumedUnits }));
const growing = (perDay: number, days = 90) =>
  readings(Array.from({ length: days }, (_, day) => 100 + perDay * day));

describe('the forecast', () => {
  test('of a pool that grows evenly is a day, and its range is that day', () => {
    expect(forecast(growing(2), 21)).toEqual({
      kind: 'runs-out',
      growth: { perDay: 2, slowest: 2, fastest: 2 },
      days: 11,
      earliestDays: 11,
      latestDays: 11,
    });
  });

  test('says what it does not know, and what does not happen', () => {
    expect(forecast([], 5)).toEqual({ kind: 'not-enough-history', days: 0 });
    expect(forecast(growing(2, 14), 5)).toEqual({ kind: 'not-enough-history', days: 14 });
    expect(
      forecast(
        growing(2, 90).filter((_, index) => index % 15 === 0),
        5,
      ),
    ).toMatchObject({ kind: 'not-enough-history' });
    expect(forecast(growing(2), 0)).toEqual({ kind: 'used-up' });
    expect(forecast(growing(2), -3)).toEqual({ kind: 'used-up' });
    expect(forecast(growing(0), 5)).toMatchObject({ kind: 'not-within-a-year', growth: { perDay: 0 } });
    expect(forecast(growing(-1), 5)).toMatchObject({ kind: 'not-within-a-year', growth: { perDay: -1 } });
    expect(forecast(growing(1), 366)).toMatchObject({ kind: 'not-within-a-year' });
    expect(forecast(growing(1), 365)).toMatchObject({ kind: 'runs-out', days: 365 });
  });

  test('names the earliest day where only fast growth would use it up within a year', () => {
    const flatThenFast = readings([
      ...Array(70).fill(100),
      ...Array.from({ length: 20 }, (_, day) => 100 + 3 * day),
    ]);
    const found = forecast(flatThenFast, 60);
    expect(found.kind).toBe('not-within-a-year');
    expect(found).toHaveProperty('earliestDays');
  });

  test('is not moved by one odd reading', () => {
    const odd = growing(2).map((reading, index) =>
      index === 40 ? { ...reading, consumedUnits: 9_000 } : reading,
    );
    expect(forecast(odd, 100)).toMatchObject({ kind: 'runs-out', days: 50 });
  });

  test('evens weekends out', () => {
    let use = 0;
    const found = forecast(
      readings(Array.from({ length: 90 }, (_, day) => (use += day % 7 < 5 ? 7 : 0))),
      500,
    );
    expect(found).toMatchObject({ kind: 'runs-out', days: 100, earliestDays: 93, latestDays: 108 });
  });

  const walk = fc.array(fc.integer({ min: -3, max: 6 }), { minLength: 20, maxLength: 90 }).map((steps) => {
    let use = 500;
    return readings(steps.map((step) => (use += step)));
  });

  test('has its range around it, whatever the history', () => {
    fc.assert(
      fc.property(walk, fc.integer({ min: 1, max: 300 }), (history, free) => {
        const found = forecast(history, free);
        if (found.kind !== 'runs-out') return;
        expect(found.earliestDays).toBeGreaterThanOrEqual(1);
        expect(found.earliestDays).toBeLessThanOrEqual(found.days);
        expect(found.latestDays ?? 365).toBeGreaterThanOrEqual(found.days);
      }),
    );
  });

  test('of more units is never sooner', () => {
    fc.assert(
      fc.property(walk, fc.integer({ min: 1, max: 300 }), (history, free) => {
        const days = (units: number) => {
          const found = forecast(history, units);
          return found.kind === 'runs-out' ? found.days : 366;
        };
        expect(days(free + 1)).toBeGreaterThanOrEqual(days(free));
      }),
    );
  });

  test('is the same whenever it happened, and however large the units are', () => {
    fc.assert(
      fc.property(
        walk,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 2, max: 9 }),
        (history, free, times) => {
          const found = forecast(history, free);
          expect(
            forecast(
              history.map((one) => ({ ...one, day: one.day + 400 })),
              free,
            ),
          ).toEqual(found);
          const scaled = forecast(
            history.map((one) => ({ ...one, consumedUnits: one.consumedUnits * times })),
            free * times,
          );
          expect({ ...scaled, growth: 0 }).toEqual({ ...found, growth: 0 });
        },
      ),
    );
  });

  test('has most pools run out within its range, where people join and leave by chance', () => {
    const random = seeded(12_345);
    for (const [joins, leaves, free] of [
      [2, 1, 30],
      [2, 1, 100],
      [0.5, 0.1, 30],
    ] as const) {
      const step = () => poisson(joins, random) - poisson(leaves, random);
      let within = 0;
      let tried = 0;
      for (let pool = 0; pool < 200; pool += 1) {
        let use = 100;
        const history = readings(Array.from({ length: 90 }, () => (use += step())));
        const found = forecast(history, free);
        if (found.kind !== 'runs-out') continue;
        let days = 0;
        for (let more = 0; more < free && days < 1_000; days += 1) more += step();
        tried += 1;
        if (days >= found.earliestDays && days <= (found.latestDays ?? Number.POSITIVE_INFINITY)) within += 1;
      }
      expect(within / tried).toBeGreaterThan(0.7);
    }
  });
});

function poisson(mean: number, random: () => number): number {
  let count = -1;
  for (let product = 1; product > Math.exp(-mean); product *= random()) count += 1;
  return count;
}
