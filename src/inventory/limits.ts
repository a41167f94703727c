import type { Threshold } from '../contract/inventory-alert.ts';
import type { Forecast } from '../contract/inventory-forecast.ts';
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
  /** Between `reached` and `clear` lies the margin, in which all stays as it was. */
  readonly verdict: 'reached' | 'between' | 'clear';
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
      return limits.freeUnits === 0
        ? undefined
        : atMost(limits.freeUnits, pool.totalUnits - pool.consumedUnits);
    case 'percent-used':
      return limits.percentUsed === 0 ? undefined : percentUsed(limits.percentUsed, toPercentUsed(pool));
    case 'days-left':
      return limits.daysLeft === 0 ? undefined : daysLeft(limits.daysLeft, forecast);
  }
}

/** A tenth, and at least one: of units, percent or days. */
const toMargin = (of: number) => Math.max(1, of / 10);

function atMost(limit: number, value: number): Measured {
  const verdict = value <= limit ? 'reached' : value > limit + toMargin(limit) ? 'clear' : 'between';
  return { limit, value, verdict };
}

/** The margin is a tenth of what the limit leaves: 95 % is clear below 94 %, and 80 % below 78 %. */
function percentUsed(limit: number, percent: number): Measured {
  const verdict =
    percent >= limit ? 'reached' : percent < limit - toMargin(100 - limit) ? 'clear' : 'between';
  return { limit, verdict, ...(Number.isFinite(percent) && { value: Math.round(percent * 10) / 10 }) };
}

/** Where there is no forecast, all stays as it was: of a pool that is used up, the other limits speak. */
function daysLeft(limit: number, forecast: Forecast | undefined): Measured {
  switch (forecast?.kind) {
    case 'runs-out':
      return atMost(limit, forecast.days);
    case 'not-within-a-year':
      return { limit, verdict: 'clear' };
    default:
      return { limit, verdict: 'between' };
  }
}
