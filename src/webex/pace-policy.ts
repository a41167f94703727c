import {
  isLearning,
  isSteadyBudget,
  isSteadyRate,
  keepCycle,
  toAtOnce,
  toBudget,
  toPeriodMs,
  toRate,
} from './pace-evidence.ts';
import { type Returned, takeBack } from './pace-limit.ts';
import type { PaceState } from './pace-state.ts';

/** What an instance wants to call, and how it goes there. */
export interface Ask {
  readonly instance: string;
  /** How many calls wait to be made. At least one. */
  readonly wanted: number;
  readonly latencyMs: number;
  readonly returned: readonly Returned[];
}

/** Leave for some calls. */
export interface Permits {
  readonly kind: 'permits';
  readonly cycle: number;
  readonly count: number;
  /** Beyond what is known to pass: all are answered before more is asked for. */
  readonly isProbe: boolean;
  /** How many may be unanswered at a time. */
  readonly atOnce: number;
  /** Between one call and the next. */
  readonly spacingMs: number;
  /** What is not called by then is given back. */
  readonly untilMs: number;
}

export type Reply = Permits | { readonly kind: 'wait'; readonly untilMs: number };

type Leave = Pick<Permits, 'count'> & Partial<Pick<Permits, 'isProbe' | 'spacingMs'>>;

interface Reserved {
  readonly state: PaceState;
  readonly reply: Reply;
}

/** An instance that dies takes its permits along for no longer. */
const PERMITS_LAST_MS = 1_000;
/** Nobody should have to give some back because it was too slow. */
const SPENT_WITHIN_MS = 500;
/** Long enough for most answers. */
const PROBE_LASTS_MS = 1_500;
/** The more there are, the less often each of them looks whether somebody else's probe has ended. */
const ASK_AGAIN_MS = 100;
const toAskAgainMs = (state: PaceState, nowMs: number) => nowMs + ASK_AGAIN_MS * (1 + toLive(state));
/** Where only a window's end brings more: should whoever probes have found that the limit has risen. */
const LOOK_AGAIN_MS = 5_000;
const FEW_CALLS_MS = 150;
/** Fewer are not worth a transaction of storage. */
const LEAST_SHARE = 8;
/** Of a budget that is not sure yet. */
const LEARNING_SHARE = 24;
const FORGET_INSTANCE_MS = 10_000;

/** While little is known, who wants no more than that need not wait for others who call. */
const FEW = 4;
/** With nothing known: as many as a careful client has at once, more while none is refused. */
const COLD_PROBE = { first: 10, onePer: 200, most: 24 };
/** Beyond a window's budget: one by one, then more and more, should the limit have risen. */
const WINDOW_PROBE = { first: 1, onePer: 2, most: 24 };

/** Below the measured rate, so that a bucket is never empty while several instances call. */
const BUCKET = {
  sure: { share: 0.94, aheadMs: 1_000, probeAfterMs: 8_000 },
  unsure: { share: 0.94, aheadMs: 0, probeAfterMs: 2_000 },
  /** A bucket holds at least what drips in while it wants to be left alone, and one call for each instance. */
  holdsMs: 1_000,
  /** It has those after so long: where nobody called, the rate that was measured is that of nobody calling. */
  restedAfterMs: 8_000,
  /** Then one instance alone takes what has gathered, faster than it drips, until a 429 tells the rate anew. */
  probe: { speed: 1.5, onePer: 10 },
  probeLastsMs: 4_000,
};

/**
 * Gives leave for calls, or says when to ask again. All instances together take what the last cycles were good for;
 * beyond that, and while little is known, one at a time probes while nobody else holds permits, so that its 429 finds
 * nobody calling.
 */
export function reserve(before: PaceState, ask: Ask, nowMs: number): Reserved {
  const settled = forget(takeBack(before, ask.returned), ask.instance, nowMs);
  if (nowMs < settled.pausedUntilMs) return wait(settled, ask, nowMs, settled.pausedUntilMs);
  const begun = isOver(settled, nowMs) ? begin(settled, nowMs) : settled;
  // Whoever tried whether a pause is over, and asks for more, was not refused.
  const state = begun.trier === ask.instance ? { ...begun, isTrying: false, trier: undefined } : begun;
  if (state.isTrying) return tryWhetherOver(state, ask, nowMs);
  return state.isBucket ? reserveOfBucket(state, ask, nowMs) : reserveOfWindow(state, ask, nowMs);
}

function tryWhetherOver(state: PaceState, ask: Ask, nowMs: number): Reserved {
  const { trier } = state;
  const isTried = trier !== undefined && (state.instances[trier]?.holdsUntilMs ?? 0) > nowMs;
  if (isTried) return wait(state, ask, nowMs, toAskAgainMs(state, nowMs));
  return grant({ ...state, trier: ask.instance }, ask, nowMs, { count: 1, isProbe: true });
}

function reserveOfWindow(state: PaceState, ask: Ask, nowMs: number): Reserved {
  const { cycles, taken, probed } = state;
  const left = toBudget(cycles) - taken;
  if (isLearning(cycles) && ask.wanted <= FEW) return grant(state, ask, nowMs, { count: ask.wanted });
  if (left <= 0) {
    const { first, onePer, most } = cycles.length === 0 ? COLD_PROBE : WINDOW_PROBE;
    return probe(state, ask, nowMs, Math.min(most, first + Math.floor(probed / onePer)));
  }
  const live = toLive(state);
  const share = Math.min(left, Math.max(LEAST_SHARE, Math.ceil(left / live)));
  if (live === 1 || isSteadyBudget(cycles)) return grant(state, ask, nowMs, { count: share });
  if (isLearning(cycles)) return alone(state, ask, nowMs, { count: Math.min(left, LEARNING_SHARE) });
  const count = Math.max(LEAST_SHARE, toAtOnce(state, live, ask.latencyMs));
  return grant(state, ask, nowMs, { count: Math.min(left, count) });
}

function reserveOfBucket(state: PaceState, ask: Ask, nowMs: number): Reserved {
  const { cycles, probed, countedFromMs } = state;
  const rate = toRate(cycles);
  const isSure = isSteadyRate(cycles);
  const { share, aheadMs, probeAfterMs } = isSure ? BUCKET.sure : BUCKET.unsure;
  const perMs = rate * share;
  const dripped = state.tokens + perMs * Math.max(0, nowMs - state.tokensAtMs);
  const live = toLive(state);
  const isRested = nowMs - state.tokensAtMs >= BUCKET.restedAfterMs;
  const tokens = Math.min(
    Math.max(live, rate * BUCKET.holdsMs),
    isRested ? Math.max(live, dripped) : dripped,
  );
  const filled = { ...state, tokens, tokensAtMs: nowMs };
  const probeAtMs = countedFromMs + probeAfterMs;
  if (nowMs >= probeAtMs) {
    const { speed, onePer } = BUCKET.probe;
    return probe(filled, ask, nowMs, Math.ceil(speed * rate * ask.latencyMs) + Math.floor(probed / onePer));
  }
  const left = tokens + perMs * aheadMs;
  const most = isSure
    ? ask.wanted
    : Math.min(ask.wanted, Math.max(LEAST_SHARE, toAtOnce(state, live, ask.latencyMs)));
  const count = Math.min(most, Math.floor(isSure ? left / live : left));
  if (count < 1) {
    const drippedMs = Math.min((live - left) / perMs, probeAtMs - nowMs);
    return wait(state, ask, nowMs, nowMs + Math.max(FEW_CALLS_MS, drippedMs));
  }
  const lackMs = Math.max(0, count * live - Math.max(0, tokens)) / perMs;
  const spacingMs = Math.min(aheadMs, lackMs) / count;
  return grant({ ...filled, tokens: tokens - count }, ask, nowMs, { count, spacingMs });
}

const probe = (state: PaceState, ask: Ask, nowMs: number, count: number): Reserved =>
  alone(state, ask, nowMs, { count, isProbe: true });

/** While nobody else holds permits. */
function alone(state: PaceState, ask: Ask, nowMs: number, leave: Leave): Reserved {
  const others = Object.entries(state.instances).filter(([name]) => name !== ask.instance);
  const heldUntilMs = Math.max(0, ...others.map(([, { holdsUntilMs }]) => holdsUntilMs));
  if (heldUntilMs <= nowMs) return grant(state, ask, nowMs, leave);
  const againAtMs = Math.min(heldUntilMs, toAskAgainMs(state, nowMs));
  const overMs = state.isBucket ? 0 : state.startedAtMs + toPeriodMs(state.cycles);
  return wait(state, ask, nowMs, Math.max(againAtMs, Math.min(overMs, nowMs + LOOK_AGAIN_MS)));
}

const toLive = ({ instances }: PaceState) => Object.keys(instances).length;

function grant(
  state: PaceState,
  ask: Ask,
  nowMs: number,
  { count: most, isProbe = false, spacingMs = 0 }: Leave,
): Reserved {
  const count = Math.min(most, ask.wanted);
  const untilMs = nowMs + (isProbe ? PROBE_LASTS_MS : PERMITS_LAST_MS);
  const toBeDone = Math.ceil((count * ask.latencyMs) / SPENT_WITHIN_MS);
  const sharing = isLearning(state.cycles) ? 1 : toLive(state);
  const atOnce = isProbe ? count : Math.max(toBeDone, toAtOnce(state, sharing, ask.latencyMs));
  const taken = state.taken + count;
  const probed = state.probed + (isProbe ? count : 0);
  return {
    state: { ...state, taken, probed, instances: see(state, ask, nowMs, untilMs) },
    reply: { kind: 'permits', cycle: state.cycle, count, isProbe, atOnce, spacingMs, untilMs },
  };
}

const wait = (state: PaceState, ask: Ask, nowMs: number, untilMs: number): Reserved => ({
  state: { ...state, instances: see(state, ask, nowMs, 0) },
  reply: { kind: 'wait', untilMs },
});

const see = ({ instances }: PaceState, { instance }: Ask, seenAtMs: number, holdsUntilMs: number) => ({
  ...instances,
  [instance]: { seenAtMs, holdsUntilMs },
});

/** Without those who did not call for long, and with whoever asks. */
function forget(state: PaceState, asking: string, nowMs: number): PaceState {
  const forMs = Math.max(FORGET_INSTANCE_MS, 2 * (state.cycles.at(-1)?.periodMs ?? 0));
  const live = Object.entries(state.instances).filter(([, { seenAtMs }]) => nowMs - seenAtMs < forMs);
  const asks = { [asking]: { seenAtMs: nowMs, holdsUntilMs: 0 } };
  return { ...state, instances: { ...Object.fromEntries(live), ...asks } };
}

/** Whether so much time has passed that the server counts anew, though it refused nothing. */
function isOver({ isBucket, cycles, countedFromMs, startedAtMs }: PaceState, nowMs: number): boolean {
  if (isBucket) return nowMs - countedFromMs > BUCKET.sure.probeAfterMs + BUCKET.probeLastsMs;
  return cycles.length > 0 && nowMs >= startedAtMs + toPeriodMs(cycles);
}

/** A cycle that began a little late began when it should have: windows keep their time. */
const MAX_LATE_SHARE = 0.25;

function begin(state: PaceState, nowMs: number): PaceState {
  const { cycles, taken, probed, isBucket, countedFromMs } = state;
  const last = cycles.at(-1);
  const periodMs = toPeriodMs(cycles);
  const spanMs = Math.max(1, nowMs - countedFromMs);
  const isMore = isBucket ? probed > 0 && taken / spanMs > toRate(cycles) : taken > toBudget(cycles);
  return {
    ...state,
    cycle: state.cycle + 1,
    startedAtMs: Math.max(nowMs - MAX_LATE_SHARE * periodMs, state.startedAtMs + periodMs),
    countedFromMs: nowMs,
    taken: 0,
    probed: 0,
    cycles: last && isMore ? keepCycle(cycles, { ...last, accepted: taken, spanMs }) : cycles,
  };
}
