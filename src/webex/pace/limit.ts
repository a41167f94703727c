import { keepCycle, looksLikeBucket, toBudget, toRate } from './evidence.ts';
import type { PaceState } from './state.ts';

export interface Returned {
  /** The cycle that they were permitted in. */
  readonly cycle: number;
  /** Permits that were not used, or whose calls were answered 429. */
  readonly count: number;
}

/** A call that was answered 429. */
export interface Limited {
  readonly instance: string;
  /** The cycle that it was permitted in. */
  readonly cycle: number;
  /** When the server wants to be called again; undefined where it did not say. */
  readonly untilMs: number | undefined;
  /** How long a call takes: those on the way still belong to the cycle. */
  readonly latencyMs: number;
  readonly returned: readonly Returned[];
}

/** The state after a 429: all pause, and the cycle that it ends tells what may be called in the next. */
export function limit(before: PaceState, limited: Limited, nowMs: number): PaceState {
  const taken = takeBack(before, limited.returned);
  const seen = { [limited.instance]: { seenAtMs: nowMs, holdsUntilMs: 0 } };
  const state = { ...taken, instances: { ...taken.instances, ...seen } };
  return limited.cycle === state.cycle ? endCycle(state, limited, nowMs) : prolong(state, limited.untilMs);
}

/** One of several on the way together, after the first one ended their cycle. */
function prolong(state: PaceState, untilMs = 0): PaceState {
  if (untilMs <= state.pausedUntilMs) return state;
  return {
    ...state,
    pausedUntilMs: untilMs,
    startedAtMs: state.taken === 0 ? untilMs : state.startedAtMs,
  };
}

/** What drips in so long. */
const MOST_HELD_BACK_MS = 1_000;

/**
 * Some of what gathers in a bucket during a pause: calls of several instances come in clusters. What was learnt of windows
 * is too high for a bucket that was full at first.
 */
function toHeldBack({ isBucket, instances }: PaceState, cycles: PaceState['cycles']): number {
  const most = MOST_HELD_BACK_MS * toRate(cycles);
  return isBucket ? Math.min(most, Object.keys(instances).length) : most;
}

function endCycle(state: PaceState, { untilMs, latencyMs }: Limited, nowMs: number): PaceState {
  const { taken: accepted, startedAtMs, countedFromMs } = state;
  const wantedUntilMs = untilMs ?? nowMs + toUnnamedPauseMs(state);
  const pausedUntilMs = Math.max(state.pausedUntilMs, wantedUntilMs);
  // Where storage is slow, the pause may be over before it is known.
  const pauseMs = Math.max(0, pausedUntilMs - nowMs);
  const countedToMs = nowMs + latencyMs;
  const spanMs = Math.max(1, countedToMs - countedFromMs);
  const periodMs = pausedUntilMs - startedAtMs;
  const { cycle, isGuess } = state;
  // It may have begun when its window was half used up.
  const isEvidence = accepted > 0 && !(isGuess && accepted < toBudget(state.cycles));
  const ended = { cycle, accepted, spanMs, pauseMs, periodMs, isGuess };
  const cycles = isEvidence ? keepCycle(state.cycles, ended) : state.cycles;
  const isBucket = looksLikeBucket(cycles, state.isBucket);
  return {
    ...state,
    cycles,
    isBucket,
    cycle: cycle + 1,
    startedAtMs: pausedUntilMs,
    isGuess: false,
    countedFromMs: countedToMs,
    taken: 0,
    probed: 0,
    tokens: isBucket ? -toHeldBack(state, cycles) : 0,
    tokensAtMs: countedToMs,
    pausedUntilMs,
    ...toWait(state, untilMs === undefined, pauseMs),
  };
}

function toWait(state: PaceState, isUnnamed: boolean, pauseMs: number): Partial<PaceState> {
  const { taken, waitedMs, tries, isWaitKnown } = state;
  if (!isUnnamed) return { waitedMs: 0, tries: 0, isTrying: false, leader: undefined };
  const wasEnough = taken > 0;
  return {
    waitedMs: wasEnough ? pauseMs : waitedMs + pauseMs,
    tries: wasEnough ? 1 : tries + 1,
    isWaitKnown: isWaitKnown || (wasEnough && waitedMs > 0),
    isTrying: true,
    leader: undefined,
  };
}

const FIRST_UNNAMED_PAUSE_MS = 1_000;
const LEAST_UNNAMED_PAUSE_MS = 500;
/** An hour, as for what a server names. */
const MOST_UNNAMED_PAUSE_MS = 3_600_000;

/**
 * Of what was enough the last time a little less, if that was at once enough, and clearly less, if it was found in steps;
 * more where it was too little.
 */
function toUnnamedPauseMs({ waitedMs, tries, isWaitKnown, taken }: PaceState): number {
  if (waitedMs === 0) return FIRST_UNNAMED_PAUSE_MS;
  const again = tries <= 1 ? 0.97 : 0.8;
  const share = taken > 0 ? again : isWaitKnown ? 0.15 : 0.5;
  const least = taken > 0 || isWaitKnown ? LEAST_UNNAMED_PAUSE_MS : FIRST_UNNAMED_PAUSE_MS;
  return Math.min(MOST_UNNAMED_PAUSE_MS, Math.max(least, share * waitedMs));
}

/** Takes permits back, also those of the cycle that has just ended. */
export const takeBack = (state: PaceState, returned: readonly Returned[]): PaceState =>
  returned.reduce(takeOneBack, state);

function takeOneBack(state: PaceState, { cycle, count }: Returned): PaceState {
  if (cycle === state.cycle) {
    return { ...state, taken: Math.max(0, state.taken - count), tokens: state.tokens + count };
  }
  const cycles = state.cycles.map((one) =>
    one.cycle === cycle ? { ...one, accepted: Math.max(1, one.accepted - count) } : one,
  );
  return { ...state, cycles };
}
