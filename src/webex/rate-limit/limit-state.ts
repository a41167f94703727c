import * as z from 'zod';
import { stored } from '../../platform/stored.ts';

const ms = z.number();
const count = z.number().int();

/**
 * The state that all instances share: a token bucket, the estimate of its rate, and the pause after a 429. Rates are
 * calls per ms, times are in ms since 1970. A cycle is the time from the pause after a 429 to the pause after the next.
 */
export const limitStateSchema = stored({
  /** A permit carries the number of its cycle: several 429s of one cycle lower the rate once. */
  cycle: count,
  /** The estimate, made at the last 429. */
  rate: z.number().positive(),
  /** The start of the time for which the estimate is held; then it grows. */
  heldFromMs: ms,
  tokens: z.number(),
  /** The time of `tokens`; in a pause, it may be ahead. */
  tokensAtMs: ms,
  /** Permits of this cycle, counted from the pause before it, or from the last time that the bucket was full. */
  taken: count,
  countedFromMs: ms,
  pausedUntilMs: ms,
  /** All permits so far, less those whose call was answered 429. */
  accepted: count.default(0),
  /** The samples of the last cycle, which ended with a 429. */
  last: stored({
    taken: count,
    refused: count,
    /** From `countedFromMs` to the end of the pause that the 429 named. */
    spanMs: ms,
    rate: z.number().positive(),
    hadGrown: z.boolean(),
  }),
  /** The instances that got permits in the last 30 s. */
  instances: z.record(z.string(), z.object({ seenAtMs: ms })),
});

export type LimitState = z.output<typeof limitStateSchema>;

/**
 * The first rate, 50 calls a second: above any limit that was seen at Webex, so that 429s correct it; low enough for
 * `pace-vs-sdk-rule`, which counts from the first call.
 */
const INITIAL_RATE = 50 / 1_000;

/** Few, so that few other calls are under way at a first 429 (`pace-8`, from the start). */
const INITIAL_TOKENS = 10;

export const newLimitState = (nowMs: number, rate = INITIAL_RATE): LimitState => ({
  cycle: 1,
  rate,
  heldFromMs: nowMs,
  tokens: INITIAL_TOKENS,
  tokensAtMs: nowMs,
  taken: 0,
  countedFromMs: nowMs,
  pausedUntilMs: 0,
  accepted: 0,
  last: { taken: 0, refused: 0, spanMs: 1, rate, hadGrown: false },
  instances: {},
});

export const countInstances = (state: LimitState | undefined): number =>
  Math.max(1, Object.keys(state?.instances ?? {}).length);
