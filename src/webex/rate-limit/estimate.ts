import type { LimitState } from './limit-state.ts';

/**
 * The estimate is held, then grows by 2 %, and twice as much every 2.2 s, until a 429 ends that. Slower growth finds a
 * doubled limit too late (`pace-change`), faster growth has more 429s (`pace-8`, windows at 300 ms).
 */
const HOLD_MS = 5_500;
const GROWTH = { first: 0.02, doublesInMs: 2_200 };

/** At most twice the estimate: then that is the new estimate, see `token-bucket.ts`. */
export function toRate({ rate, heldFromMs }: LimitState, nowMs: number): number {
  const grownForMs = nowMs - heldFromMs - HOLD_MS;
  if (grownForMs < 0) return rate;
  return rate * (1 + Math.min(1, GROWTH.first * 2 ** (grownForMs / GROWTH.doublesInMs)));
}

/** A 429 after fewer permits does not change the estimate: Webex refuses single calls, too. */
const MIN_SAMPLES = 10;
/** The limit lies just below a rate that grew until it was refused (`pace-1`, windows at 50 ms). */
const DECREASE_AFTER_GROWTH = 0.97;
/**
 * A rate that is refused while it is held is clearly too high. At 0.97, windows that begin with their first call, after
 * a pause, were hit six times in a row (`pace-3`, penalty at 300 ms); at 0.9, fixed windows were not used up (`pace-1`).
 */
const DECREASE_WHEN_HELD = 0.94;
/** A short cycle may accept far less than the limit: one 429 lowers the estimate to this share at most. */
const MIN_DECREASE = 0.6;
/** One call a second: below that, the pauses that Webex names are enough. */
const MIN_RATE = 1 / 1_000;

/**
 * The accepted rate of the last cycle, with its pause. The estimate is the rate until the next 429, and may be far higher:
 * a window of a minute may be used up in seconds (`backlog`).
 */
export const toAcceptedRate = ({ rate, last: { taken, refused, spanMs } }: LimitState): number =>
  taken < MIN_SAMPLES ? rate : Math.max(MIN_RATE, (taken - refused) / spanMs);

/** An earlier reading of `accepted`. */
export interface AcceptedBefore {
  readonly accepted: number;
  readonly atMs: number;
}

/**
 * Three runs of the sweep. An earlier reading is not used: it may be from before hours without calls, whose average says
 * nothing of what Webex accepts.
 */
const MAX_READING_AGE_MS = 3 * 60_000;

/** More than was accepted, since a request may need one call or two, and the limit may rise (`backlog`). */
const RELEASE_FACTOR = { limited: 1.1, notLimited: 1.5 };

/**
 * The rate at which a backlog is released: that which Webex accepted since an earlier reading. Without a 429 since then
 * it was no limit, so that the rate grows until there is one.
 */
export function toBacklogRate(state: LimitState, nowMs: number, before?: AcceptedBefore): number {
  const lastCycleRate = toAcceptedRate(state);
  const rate = toRate(state, nowMs);
  const sinceMs = nowMs - (before?.atMs ?? nowMs);
  const accepted = state.accepted - (before?.accepted ?? 0);
  // The count is smaller than before where version 0.1.0, which does not count, wrote the row in between.
  if (before === undefined || sinceMs <= 0 || sinceMs > MAX_READING_AGE_MS || accepted < 0)
    return Math.min(rate, lastCycleRate);
  const acceptedRate = Math.max(MIN_RATE, accepted / sinceMs);
  return state.pausedUntilMs > before.atMs
    ? Math.min(rate, RELEASE_FACTOR.limited * acceptedRate)
    : Math.min(rate, Math.max(lastCycleRate, RELEASE_FACTOR.notLimited * acceptedRate));
}

/** The accepted rate over a cycle with its pause is right for a fixed window and for a bucket. */
function toEstimate({ taken, refused, spanMs, rate, hadGrown }: LimitState['last']): number {
  if (taken < MIN_SAMPLES) return rate;
  if (hadGrown) return DECREASE_AFTER_GROWTH * rate;
  const accepted = (taken - refused) / spanMs;
  return Math.max(MIN_RATE, MIN_DECREASE * rate, Math.min(DECREASE_WHEN_HELD * rate, accepted));
}

/** A call that was answered 429. */
export interface Limited {
  /** Of its permit. */
  readonly cycle: number;
  /** The end of the pause that Webex asks for. */
  readonly untilMs: number;
}

/** The state after a 429: all instances pause, and the first 429 of a cycle ends it. */
export function limit(known: LimitState, { cycle, untilMs }: Limited, nowMs: number): LimitState {
  const before = { ...known, accepted: known.accepted - 1 };
  const pausedUntilMs = Math.max(before.pausedUntilMs, untilMs);
  if (cycle === before.cycle) {
    const spanMs = Math.max(1, pausedUntilMs - before.countedFromMs);
    const rate = toRate(before, nowMs);
    const last = { taken: before.taken, refused: 1, spanMs, rate, hadGrown: rate > before.rate };
    return begin({ ...before, cycle: cycle + 1, last }, pausedUntilMs, nowMs);
  }
  // Calls that were under way when their cycle ended: without them, the accepted rate would be too high.
  const isOfLast = cycle === before.cycle - 1;
  const last = isOfLast ? { ...before.last, refused: before.last.refused + 1 } : before.last;
  return before.taken === 0
    ? begin({ ...before, last }, pausedUntilMs, nowMs)
    : { ...before, last, pausedUntilMs };
}

/**
 * The time of a pause for which the bucket is refilled. `Retry-After` is in whole seconds: a window ends up to a second
 * before the pause does, and a bucket of Webex fills all the time. Without it, fixed windows were not used up (`pace-1`,
 * 0.91). It is shorter after a held rate was refused: windows that begin with their first call allow less (`pace-change`).
 */
const REFILL_IN_PAUSE_MS = { afterGrowth: 1_000, whenHeld: 800 };

/** Begins the cycle after a pause. */
function begin(state: LimitState, pausedUntilMs: number, nowMs: number): LimitState {
  const { afterGrowth, whenHeld } = REFILL_IN_PAUSE_MS;
  const refillMs = state.last.hadGrown ? afterGrowth : whenHeld;
  return {
    ...state,
    rate: toEstimate(state.last),
    heldFromMs: pausedUntilMs,
    tokens: 0,
    tokensAtMs: Math.max(nowMs, pausedUntilMs - refillMs),
    taken: 0,
    countedFromMs: pausedUntilMs,
    pausedUntilMs,
  };
}
