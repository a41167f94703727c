import { toRate } from './estimate.ts';
import { countInstances, type LimitState } from './limit-state.ts';

/** What an instance wants. */
export interface Ask {
  readonly instance: string;
  /** Calls that wait for a permit, and how many of them are interactive. */
  readonly wanted: number;
  readonly interactive: number;
}

export interface Granted {
  readonly state: LimitState;
  readonly count: number;
  /** When there may be permits for the others; 0 where all got one. */
  readonly retryAtMs: number;
}

/** So many interactive calls go ahead of the bucket's tokens; bulk calls then wait for them to be made up. */
const OVERDRAFT = 4;
/**
 * All instances together look this often for tokens: less often, single requests wait (their p95 in `pace-8`); more
 * often, the row is contended (900 to 1,200 storage calls a minute in `pace-8`).
 */
const CHECK_EVERY_MS = 150;

/**
 * Takes permits from the bucket. An instance takes no more than it has calls for, and makes them at once: permits that
 * a slow instance held would be lost to all (`pace-slow`), and those held during a 429 elsewhere would be used after it.
 */
export function acquire(before: LimitState, { instance, wanted, interactive }: Ask, nowMs: number): Granted {
  const state = see(refill(before, nowMs), instance, nowMs);
  if (nowMs < state.pausedUntilMs) return { state, count: 0, retryAtMs: state.pausedUntilMs };
  const available = Math.floor(state.tokens);
  const count = Math.min(wanted, Math.max(0, available, Math.min(interactive, available + OVERDRAFT)));
  const tokens = state.tokens - count;
  const isInteractiveLeft = interactive > count;
  const lackMs = (1 - tokens - (isInteractiveLeft ? OVERDRAFT : 0)) / toRate(state, nowMs);
  const lookMs = CHECK_EVERY_MS * (isInteractiveLeft ? 1 : countInstances(state));
  return {
    state: { ...state, tokens, taken: state.taken + count },
    count,
    retryAtMs: count === wanted ? 0 : nowMs + Math.max(lookMs, lackMs),
  };
}

/** A bucket holds a second's calls, and one for each instance: with less, `pace-8` lost what came between two looks. */
const CAPACITY_MS = 1_000;

function refill(before: LimitState, nowMs: number): LimitState {
  const { tokens, tokensAtMs, heldFromMs } = before;
  const rateThen = toRate(before, tokensAtMs);
  const capacity = Math.max(countInstances(before), rateThen * CAPACITY_MS);
  const fullAtMs = Math.max(tokensAtMs, tokensAtMs + (capacity - tokens) / rateThen);
  if (fullAtMs <= nowMs) {
    // While the bucket is full, the rate is not used up: nothing is learned of it, and it does not grow.
    const held = { heldFromMs: heldFromMs + nowMs - fullAtMs, taken: 0, countedFromMs: nowMs };
    return { ...before, ...held, tokens: capacity, tokensAtMs: nowMs };
  }
  const rate = toRate(before, nowMs);
  const state = rate >= 2 * before.rate ? { ...before, rate, heldFromMs: nowMs } : before;
  const refilled = tokens + rate * Math.max(0, nowMs - tokensAtMs);
  return { ...state, tokens: refilled, tokensAtMs: Math.max(nowMs, tokensAtMs) };
}

/** Longer than an instance with calls to make is without a permit in `pace-8`. */
const FORGET_INSTANCE_AFTER_MS = 30_000;

function see(state: LimitState, instance: string, nowMs: number): LimitState {
  const recent = Object.entries(state.instances).filter(
    ([, { seenAtMs }]) => nowMs - seenAtMs < FORGET_INSTANCE_AFTER_MS,
  );
  return { ...state, instances: { ...Object.fromEntries(recent), [instance]: { seenAtMs: nowMs } } };
}
