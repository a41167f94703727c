import { isSteadyBudget, keepCycle, toBudget, toPeriodMs } from './evidence.ts';
import { alone, isLed, probe } from './leader.ts';
import { type Ask, grant, type Reserved, toFew, toLive, wait } from './leave.ts';
import type { PaceState } from './state.ts';

/** Fewer are not worth a transaction of storage. */
const LEAST_SHARE = 8;
/** Of a budget that is not sure yet, and at most beyond one: refused together, they are still few. */
const MOST_UNSURE = 24;
/** With nothing known, who wants no more need not wait for others who call. */
const FEW = 4;
/** With nothing known: as many as a careful client has at once, then more while none is refused. */
const COLD_PROBE = { first: 10, onePer: 5 };
/** Beyond a budget: one by one, then more and more, should the limit have risen. */
const WINDOW_PROBE = { first: 1, onePer: 2 };

/** Of a server that counts by the window: its budget, then a call or two that find out that it is used up. */
export function reserveOfWindow(state: PaceState, ask: Ask, nowMs: number): Reserved {
  const { cycles, taken } = state;
  if (cycles.length === 0) return reserveCold(state, ask, nowMs);
  const left = toBudget(cycles) - taken;
  if (left <= 0) return probeWindow(state, ask, nowMs);
  const free = left - toKept(state, nowMs);
  if (free <= 0) {
    const count = Math.min(left, toFew(ask));
    return count > 0 ? grant(state, ask, nowMs, { count }) : wait(state, ask, nowMs, toReleaseMs(state));
  }
  const live = toLive(state);
  if (live > 1 && !isSteadyBudget(cycles)) {
    return alone(state, ask, nowMs, { count: Math.min(free, MOST_UNSURE) });
  }
  return grant(state, ask, nowMs, { count: Math.min(free, Math.max(LEAST_SHARE, Math.ceil(free / live))) });
}

function reserveCold(state: PaceState, ask: Ask, nowMs: number): Reserved {
  if (ask.wanted <= FEW && !isLed(state, ask, nowMs)) return grant(state, ask, nowMs, { count: ask.wanted });
  return probe(state, ask, nowMs, toProbe(COLD_PROBE, state.probed));
}

function probeWindow(state: PaceState, ask: Ask, nowMs: number): Reserved {
  const probeAtMs = toProbeAtMs(state, nowMs);
  if (probeAtMs > nowMs) return wait(state, ask, nowMs, probeAtMs);
  return probe(state, ask, nowMs, toProbe(WINDOW_PROBE, state.probed));
}

const toProbe = ({ first, onePer }: typeof COLD_PROBE, probed: number): number =>
  Math.min(MOST_UNSURE, first + Math.floor(probed / onePer));

/** Whoever comes in the middle of a window should not have to wait for the next one: some are for them alone. */
const KEPT_SHARE = 0.05;
/** A window may be over a second before it seems to be, and it takes a moment to use up what was kept. */
const RELEASE = { atShare: 0.5, beforeEndMs: 4_000 };

const toKept = (state: PaceState, nowMs: number): number =>
  nowMs < toReleaseMs(state) ? Math.ceil(KEPT_SHARE * toBudget(state.cycles)) : 0;

function toReleaseMs({ cycles, isGuess, startedAtMs }: PaceState): number {
  if (isGuess || !isSteadyBudget(cycles)) return 0;
  const periodMs = toPeriodMs(cycles);
  return startedAtMs + Math.max(RELEASE.atShare * periodMs, periodMs - RELEASE.beforeEndMs);
}

/**
 * Pauses are named in whole seconds. Where a window begins with its first call, a 429 that comes at a whole second of it
 * names its end, and any other one up to a second more.
 */
const STEP_MS = 1_000;
/** After the whole second, and for how long it is not too late. */
const PROBE = { afterMs: 50, withinMs: 250 };

/** When somebody may find out whether a budget is used up, once it seems to be. */
export function toProbeAtMs(state: PaceState, nowMs: number): number {
  const { cycles, taken, probed, isGuess, startedAtMs } = state;
  if (taken < toBudget(cycles) || cycles.length === 0 || isGuess || probed > 0) return nowMs;
  const lateMs = (nowMs - startedAtMs - PROBE.afterMs) % STEP_MS;
  return lateMs > PROBE.withinMs ? nowMs + STEP_MS - lateMs : nowMs;
}

/** A cycle that began a little late began when it should have: windows keep their time. */
const MAX_LATE_SHARE = 0.25;

/** The state in the next window, where one has passed without a 429. */
export function overWindow(state: PaceState, nowMs: number): PaceState {
  const { cycles, cycle, taken, startedAtMs, countedFromMs } = state;
  const last = cycles.at(-1);
  const periodMs = toPeriodMs(cycles);
  if (!last || nowMs < startedAtMs + periodMs) return state;
  const spanMs = Math.max(1, nowMs - countedFromMs);
  const more = { ...last, cycle, accepted: taken, spanMs, isGuess: true };
  return {
    ...state,
    cycle: cycle + 1,
    startedAtMs: Math.max(nowMs - MAX_LATE_SHARE * periodMs, startedAtMs + periodMs),
    isGuess: true,
    countedFromMs: nowMs,
    taken: 0,
    probed: 0,
    cycles: taken > toBudget(cycles) ? keepCycle(cycles, more) : cycles,
  };
}
