import { median, quantileSorted } from 'd3-array';
import type { Forecast } from '../schemas/forecast.ts';
import { type DayReading, ENOUGH_READINGS } from './history.ts';

/** From the first reading to the last, both counted. */
export const MIN_DAYS = 15;
const HORIZON_DAYS = 365;
/** Weekends even out in a stretch of a week, and a day's noise does not count. */
const MIN_STRETCH_DAYS = 7;
/** The range leaves out the slowest and the fastest twentieth of the stretches. */
const TAIL = 0.05;
/** 33 units at 0.2727… a day are 121 days, not 122. */
const ROUNDING = 1e-9;

/**
 * When a pool of `freeUnits` runs out, by how its use grew. For each two readings that are at least a week apart the
 * growth a day is taken; the median of them all (Theil-Sen) is the estimate, and the 5 % and 95 % quantiles are its
 * range. One odd reading does not move it, and a pool that grew by fits and starts has a wide range. The usual
 * interval of Theil-Sen is not used: it takes readings for independent, while today's use is yesterday's and what
 * came and went. Of simulated pools, one in ten to one in four ran out within it, and three in four or more within
 * this one.
 * @param readings a reading a day, the oldest first; 90 days of them make some 3,500 pairs
 */
export function forecast(readings: readonly DayReading[], freeUnits: number): Forecast {
  if (freeUnits <= 0) return { kind: 'used-up' };
  const [first, last] = [readings[0], readings.at(-1)];
  const spanDays = first && last ? last.day - first.day : 0;
  if (spanDays < MIN_DAYS - 1 || readings.length < ENOUGH_READINGS)
    return { kind: 'not-enough-history', days: first ? spanDays + 1 : 0 };

  const slopes = toSlopes(readings);
  const growth = {
    perDay: median(slopes) ?? 0,
    slowest: quantileSorted(slopes, TAIL) ?? 0,
    fastest: quantileSorted(slopes, 1 - TAIL) ?? 0,
  };
  const days = toDays(freeUnits, growth.perDay);
  const earliestDays = toDays(freeUnits, growth.fastest);
  const latestDays = toDays(freeUnits, growth.slowest);
  if (days === undefined || earliestDays === undefined)
    return { kind: 'not-within-a-year', growth, ...(earliestDays !== undefined && { earliestDays }) };
  return { kind: 'runs-out', growth, days, earliestDays, ...(latestDays !== undefined && { latestDays }) };
}

/** Sorted. */
function toSlopes(readings: readonly DayReading[]): number[] {
  const slopes = readings.flatMap((from, index) =>
    readings
      .slice(index + 1)
      .filter((to) => to.day - from.day >= MIN_STRETCH_DAYS)
      .map((to) => (to.consumedUnits - from.consumedUnits) / (to.day - from.day)),
  );
  return slopes.sort((a, b) => a - b);
}

/** Whole days, during the last of which the last unit is taken; undefined where that is not within a year. */
function toDays(freeUnits: number, unitsPerDay: number): number | undefined {
  const days = unitsPerDay > 0 ? Math.ceil(freeUnits / unitsPerDay - ROUNDING) : Number.POSITIVE_INFINITY;
  return days <= HORIZON_DAYS ? days : undefined;
}
