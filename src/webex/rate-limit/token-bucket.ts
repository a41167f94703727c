import { toRate } from './estimate.ts';
import { countInstances, type LimitState } from './limit-state.ts';

/** The calls of an instance that wait for a permit. */
interface Ask {
  readonly instance: string;
  readonly waiting: number;
  /** Of the waiting calls. */
  readonly interactive: number;
}

export interface Acquired {
  readonly state: LimitState;
  readonly count: number;
  /** The next time with permits for the calls that got none; 0 where all got one. */
  readonly retryAtMs: number;
}

/** This many interactive calls may overdraw the bucket; bulk calls then wait until it is refilled. */
const OVERDRAFT = 4;
/**
 * All instances together check this often for tokens: less often, single requests wait (their p95 in `pace-8`); more
 * often, the row is contended (900 to 1,200 storage calls a minute in `pace-8`).
 */
const CHECK_EVERY_MS = 150;

/**
 * Acquires permits from the bucket. An instance acquires no more than it has calls for, and calls at once: permits that
 * a slow instance held would be lost (`pace-slow`), and it would use them after a 429 that another instance got.
 */
export function acquire(
  before: LimitState,
  { instance, waiting, interactive }: Ask,
  nowMs: number,
): Acquired {
  const state = see(refill(before, nowMs), instance, nowMs);
  if (nowMs < state.pausedUntilMs) return { state, count: 0, retryAtMs: state.pausedUntilMs };
  const available = Math.floor(state.tokens);
  const count = Math.min(waiting, Math.max(0, available, Math.min(interactive, available + OVERDRAFT)));
  const tokens = state.tokens - count;
  const isInteractiveWaiting = interactive > count;
  const lackMs = (1 - tokens - (isInteractiveWaiting ? OVERDRAFT : 0)) / toRate(state, nowMs);
  const checkMs = CHECK_EVERY_MS * (isInteractiveWaiting ? 1 : countInstances(state));
  return {
    state: { ...state, tokens, taken: state.taken + count, accepted: state.accepted + count },
    count,
    retryAtMs: count === waiting ? 0 : nowMs + Math.max(checkMs, lackMs),
  };
}

/** A bucket holds a second's calls, at least one for each instance: with less, `pace-8` lost calls between two checks. */
const CAPACITY_MS = 1_000;

function refill(before: LimitState, nowMs: number): LimitState {
  const { tokens, tokensAtMs, heldFromMs } = before;
  const rateThen = toRate(before, tokensAtMs);
  const capacity = Math.max(countInstances(before), rateThen * CAPACITY_MS);
  const fullAtMs = Math.max(tokensAtMs, tokensAtMs + (capacity - tokens) / rateThen);
  if (fullAtMs <= nowMs) {
    // While the bucket is full, the rate is not used up: the estimate does not grow.
    const held = { heldFromMs: heldFromMs + nowMs - fullAtMs, taken: 0, countedFromMs: nowMs };
    return { ...before, ...held, tokens: capacity, tokensAtMs: nowMs };
  }
  const rate = toRate(before, nowMs);
  const state = rate >= 2 * before.rate ? { ...before, rate, heldFromMs: nowMs } : before;
  const refilled = tokens + rate * Math.max(0, nowMs - tokensAtMs);
  return { ...state, tokens: refilled, tokensAtMs: Math.max(nowMs, tokensAtMs) };
}

/** Longer than a busy instance is without a permit in `pace-8`. */
const FORGET_INSTANCE_AFTER_MS = 30_000;

function see(state: LimitState, instance: string, nowMs: number): LimitState {
  const recent = Object.entries(state.instances).filter(
    ([, { seenAtMs }]) => nowMs - seenAtMs < FORGET_INSTANCE_AFTER_MS,
  );
  return { ...state, instances: { ...Object.fromEntries(recent), [instance]: { seenAtMs: nowMs } } };
}
