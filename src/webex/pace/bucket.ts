import { isSteadyRate, keepCycle, toAtOnce, toRate } from './evidence.ts';
import { probe } from './leader.ts';
import { type Ask, grant, type Reserved, toLive, wait } from './leave.ts';
import type { PaceState } from './state.ts';

/** Below the measured rate, so that a bucket is never empty while several instances call. */
const SHARE = 0.97;
/** How far ahead permits are given, and how long after a 429 the rate is probed, where it is known and where not. */
const SURE = { aheadMs: 1_000, probeAfterMs: 8_000 };
const UNSURE = { aheadMs: 0, probeAfterMs: 2_000 };
/** A bucket holds at least what drips in while it wants to be left alone, and one call for each instance. */
const HOLDS_MS = 1_000;
/** It has those after so long: where nobody called, the rate that was measured is that of nobody calling. */
const RESTED_AFTER_MS = 8_000;
/** One instance alone takes what has gathered, faster than it drips, until a 429 tells the rate anew. */
const PROBE = { speed: 1.2, onePer: 20, lastsMs: 4_000 };
/** Fewer are not worth a transaction of storage. */
const LEAST_SHARE = 8;
const FEW_CALLS_MS = 150;

/** Of a server that gives leave drop by drop: what has dripped, and at times all that has gathered. */
export function reserveOfBucket(before: PaceState, ask: Ask, nowMs: number): Reserved {
  const rate = toRate(before.cycles);
  const state = fill(before, rate, nowMs);
  const { cycles, probed, tokens, countedFromMs } = state;
  const isSure = isSteadyRate(cycles);
  const { aheadMs, probeAfterMs } = isSure ? SURE : UNSURE;
  const probeAtMs = countedFromMs + probeAfterMs;
  if (nowMs >= probeAtMs) {
    const count = Math.ceil(PROBE.speed * rate * ask.latencyMs) + Math.floor(probed / PROBE.onePer);
    return probe(state, ask, nowMs, count);
  }
  const perMs = SHARE * rate;
  const live = toLive(state);
  const left = tokens + perMs * aheadMs;
  const most = isSure ? left / live : Math.min(left, toUnsure(state, ask));
  const count = Math.min(ask.wanted, Math.floor(most));
  if (count < 1) {
    const drippedMs = Math.min((live - left) / perMs, probeAtMs - nowMs);
    return wait(state, ask, nowMs, nowMs + Math.max(FEW_CALLS_MS, drippedMs));
  }
  const lackMs = Math.max(0, count * live - Math.max(0, tokens)) / perMs;
  const spacingMs = Math.min(aheadMs, lackMs) / count;
  return grant({ ...state, tokens: tokens - count }, ask, nowMs, { count, spacingMs });
}

function fill(state: PaceState, rate: number, nowMs: number): PaceState {
  const live = toLive(state);
  const forMs = Math.max(0, nowMs - state.tokensAtMs);
  const dripped = state.tokens + SHARE * rate * forMs;
  const gathered = forMs >= RESTED_AFTER_MS ? Math.max(live, dripped) : dripped;
  return { ...state, tokens: Math.min(Math.max(live, rate * HOLDS_MS), gathered), tokensAtMs: nowMs };
}

const toUnsure = (state: PaceState, { latencyMs }: Ask): number =>
  Math.max(LEAST_SHARE, toAtOnce(state, toLive(state), latencyMs));

/** The state after a probe that found no end. */
export function overBucket(state: PaceState, nowMs: number): PaceState {
  const { cycles, cycle, taken, probed, countedFromMs } = state;
  const spanMs = nowMs - countedFromMs;
  const last = cycles.at(-1);
  if (!last || spanMs <= SURE.probeAfterMs + PROBE.lastsMs) return state;
  const isMore = probed > 0 && taken / spanMs > toRate(cycles);
  return {
    ...state,
    cycle: cycle + 1,
    countedFromMs: nowMs,
    taken: 0,
    probed: 0,
    // A probe took all that had gathered.
    ...(probed > 0 && { tokens: 0, tokensAtMs: nowMs }),
    cycles: isMore ? keepCycle(cycles, { ...last, cycle, accepted: taken, spanMs, isGuess: true }) : cycles,
  };
}
