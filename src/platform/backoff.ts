import type { Random } from './clock.ts';

interface Backoff {
  /** Which attempt failed, from 1 on. */
  readonly attempt: number;
  /** After the first one. */
  readonly baseMs: number;
  readonly capMs: number;
  /** By how much the delay grows with each attempt; by default it doubles. */
  readonly factor?: number;
  /** Which share of the delay is left to chance, so that a crowd does not come back at once; by default none. */
  readonly jitter?: number;
  readonly random?: Random;
}

/** How long to wait after a failed attempt, in milliseconds. */
export function toBackoffMs(backoff: Backoff): number {
  const { attempt, baseMs, capMs, factor = 2, jitter = 0, random = () => 1 } = backoff;
  const fullMs = Math.min(baseMs * factor ** Math.max(0, attempt - 1), capMs);
  return Math.round(fullMs * (1 - jitter + jitter * random()));
}

/** The delay where attempts are not counted: as long again as it has lasted, within the bounds. It doubles, too. */
export const toAsLongAgainMs = (lastedMs: number, baseMs: number, capMs: number): number =>
  Math.min(Math.max(lastedMs, baseMs), capMs);
