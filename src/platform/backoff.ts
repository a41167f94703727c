import type { Random } from './clock.ts';

interface Backoff {
  /** The number of the failed attempt, from 1. */
  readonly attempt: number;
  /** The delay after the first attempt. */
  readonly baseMs: number;
  readonly capMs: number;
  /** The growth of the delay with each attempt; by default it doubles. */
  readonly factor?: number;
  /** The random share of the delay, which spreads the retries of many clients; by default none. */
  readonly jitter?: number;
  readonly random?: Random;
}

/** How long to wait after a failed attempt, in milliseconds. */
export function toBackoffMs(backoff: Backoff): number {
  const { attempt, baseMs, capMs, factor = 2, jitter = 0, random = () => 1 } = backoff;
  const fullMs = Math.min(baseMs * factor ** Math.max(0, attempt - 1), capMs);
  return Math.round(fullMs * (1 - jitter + jitter * random()));
}

/** The delay without a count of attempts: as long again as the cause has lasted, within the limits. */
export const toAsLongAgainMs = (lastedMs: number, baseMs: number, capMs: number): number =>
  Math.min(Math.max(lastedMs, baseMs), capMs);
