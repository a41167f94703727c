import type { Threshold } from '../schemas/alert.ts';
import type { Forecast } from '../schemas/forecast.ts';
import { type PaidPool, toPercentUsed } from './pool.ts';

/** From which value on an alert is raised; 0 is off. */
export interface Limits {
  /** So many units are left, or fewer. */
  readonly freeUnits: number;
  /** So many percent are used, or more. */
  readonly percentUsed: number;
  /** The forecast gives so many days, or fewer. */
  readonly daysLeft: number;
}

export interface Measured {
  readonly limit: number;
  /** Absent where there is no number: a pool without units, or one that does not run out within a year. */
  readonly value?: number;
  /**
   * Between `reached` and `clear` lies the margin, in which all stays as it was. `unused` is clear in a pool that is too
   * small for a margin of a seat: an alert that is on stays on until that has lasted.
   */
  readonly verdict: 'reached' | 'between' | 'clear' | 'unused';
}

/** Undefined where the threshold is off. */
export function measure(
  threshold: Threshold,
  limits: Limits,
  pool: PaidPool,
  forecast: Forecast | undefined,
): Measured | undefined {
  switch (threshold) {
    case 'free-units':
      return limits.freeUnits === 0 ? undefined : freeUnits(limits.freeUnits, pool);
    case 'percent-used':
      return limits.percentUsed === 0 ? undefined : percentUsed(limits.percentUsed, pool);
    case 'days-left':
      return limits.daysLeft === 0 ? undefined : daysLeft(limits.daysLeft, pool, forecast);
  }
}

/** A tenth, and at least one: of units, percent or days. */
const toMargin = (of: number) => Math.max(1, of / 10);

function freeUnits(limit: number, pool: PaidPool): Measured {
  const { totalUnits, consumedUnits } = pool;
  const clearAt = totalUnits - Math.floor(limit + toMargin(limit)) - 1;
  return { limit, value: totalUnits - consumedUnits, verdict: judgeUse(pool, totalUnits - limit, clearAt) };
}

/** 7 % of 100 are 7 seats, and not 8. */
const ROUNDING = 1e-9;

/** The margin is a tenth of what the limit leaves: 95 % is clear below 94 %, and 80 % below 78 %. */
function percentUsed(limit: number, pool: PaidPool): Measured {
  const toSeats = (percent: number) => Math.ceil((percent * pool.totalUnits) / 100 - ROUNDING);
  const verdict = judgeUse(pool, toSeats(limit), toSeats(limit - toMargin(100 - limit)) - 1);
  const percent = toPercentUsed(pool);
  return { limit, verdict, ...(Number.isFinite(percent) && { value: Math.round(percent * 10) / 10 }) };
}

/**
 * At least one seat lies between what is reached and what is clear, so that a seat to and fro does not ring. A pool that
 * nobody uses is clear, and one that is full has reached every limit, however many seats it has.
 * @param reachedAt from so many used seats on
 * @param clearAt down to so many used seats
 */
function judgeUse(
  { totalUnits, consumedUnits }: PaidPool,
  reachedAt: number,
  clearAt: number,
): Measured['verdict'] {
  const clear = Math.max(0, Math.min(clearAt, reachedAt - 2));
  const reached = Math.max(reachedAt, Math.min(clear + 2, totalUnits));
  if (consumedUnits >= reached) return 'reached';
  if (consumedUnits > clear) return 'between';
  return reached - clear < 2 ? 'unused' : 'clear';
}

/** Where there is no forecast, all stays as it was: of a pool that is used up, the other limits speak. */
function daysLeft(limit: number, pool: PaidPool, forecast: Forecast | undefined): Measured {
  if (forecast === undefined || !('growth' in forecast)) return { limit, verdict: 'between' };
  const value = forecast.kind === 'runs-out' ? forecast.days : undefined;
  const { perDay } = forecast.growth;
  // One seat more may be used tomorrow: that must not bring the limit back.
  const afterOneMore = (pool.totalUnits - pool.consumedUnits - 1) / perDay;
  const least = Math.min(
    value ?? Number.POSITIVE_INFINITY,
    perDay > 0 ? afterOneMore : Number.POSITIVE_INFINITY,
  );
  const isClear = least > limit + toMargin(limit);
  const verdict = value !== undefined && value <= limit ? 'reached' : isClear ? 'clear' : 'between';
  return { limit, verdict, ...(value !== undefined && { value }) };
}
