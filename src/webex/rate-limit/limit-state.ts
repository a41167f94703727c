import * as z from 'zod';

const ms = z.number();
const count = z.number().int();

/**
 * What all instances share: a token bucket, the estimate of its rate, and the pause after a 429. Rates are calls per
 * ms, times are in ms since 1970. A cycle is the time from the pause after one 429 to the pause after the next.
 */
export const limitStateSchema = z.object({
  /** A permit carries the number of its cycle: several calls of one cycle that are refused lower the rate once. */
  cycle: count,
  /** The estimate, made at the last 429. */
  rate: z.number().positive(),
  /** Since when the estimate is held; after a while, it grows. */
  heldFromMs: ms,
  tokens: z.number(),
  /** When `tokens` was right; in a pause, it may be ahead. */
  tokensAtMs: ms,
  /** Permits of this cycle, counted from a time: the pause before it, or when the bucket was last full. */
  taken: count,
  countedFromMs: ms,
  pausedUntilMs: ms,
  /** What the last 429 told. */
  last: z.object({
    taken: count,
    refused: count,
    /** From `countedFromMs` to the end of the pause that the 429 named. */
    spanMs: ms,
    rate: z.number().positive(),
    hadGrown: z.boolean(),
  }),
  /** The instances that got permits lately. */
  instances: z.record(z.string(), z.object({ seenAtMs: ms })),
});

export type LimitState = z.output<typeof limitStateSchema>;

/**
 * The rate where nothing is known, 50 calls a second: above any limit that was seen at Webex, so that it is found from
 * above, by 429s; low enough that `pace-vs-sdk-rule`, which counts from the first call, is met.
 */
const INITIAL_RATE = 50 / 1_000;

/** Few at once, so that a first 429 finds few other calls under way (`pace-8`, from the start). */
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
  last: { taken: 0, refused: 0, spanMs: 1, rate, hadGrown: false },
  instances: {},
});

export const countInstances = (state: LimitState | undefined): number =>
  Math.max(1, Object.keys(state?.instances ?? {}).length);
