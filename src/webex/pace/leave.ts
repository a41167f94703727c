import { isLearning, toAtOnce } from './evidence.ts';
import type { Returned } from './limit.ts';
import type { PaceState } from './state.ts';

/** What an instance wants to call, and how it goes there. */
export interface Ask {
  readonly instance: string;
  /** How many calls it would make, at least one, and how many of them are of somebody who waits. */
  readonly wanted: number;
  readonly urgent: number;
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

export type Leave = Pick<Permits, 'count'> & Partial<Pick<Permits, 'isProbe' | 'spacingMs'>>;

export interface Reserved<R extends Reply = Reply> {
  readonly state: PaceState;
  readonly reply: R;
}

/** An instance that dies takes its permits along for no longer. */
const PERMITS_LAST_MS = 1_000;
/** Long enough for most answers. */
const PROBE_LASTS_MS = 1_500;
/** Nobody should have to give some back because it was too slow. */
const SPENT_WITHIN_MS = 500;

export const toLive = ({ instances }: PaceState): number => Object.keys(instances).length;

/** As many may be waited for: more are a burst, and have to wait their turn. */
const FEW = 4;

/** How many calls of an ask are not to wait for a load of others. */
export const toFew = ({ urgent }: Ask): number => (urgent <= FEW ? urgent : 0);

/** At most what is wanted. */
export function grant(state: PaceState, ask: Ask, nowMs: number, leave: Leave): Reserved<Permits> {
  const { isProbe = false, spacingMs = 0 } = leave;
  const count = Math.min(leave.count, ask.wanted);
  const untilMs = nowMs + (isProbe ? PROBE_LASTS_MS : PERMITS_LAST_MS);
  const taken = state.taken + count;
  const probed = state.probed + (isProbe ? count : 0);
  const atOnce = isProbe || state.cycles.length === 0 ? count : toSpeed(state, ask, count);
  return {
    state: { ...see(state, ask, nowMs, untilMs), taken, probed },
    reply: { kind: 'permits', cycle: state.cycle, count, isProbe, atOnce, spacingMs, untilMs },
  };
}

function toSpeed(state: PaceState, { latencyMs }: Ask, count: number): number {
  const sharing = isLearning(state.cycles) ? 1 : toLive(state);
  const toBeDone = Math.ceil((count * latencyMs) / SPENT_WITHIN_MS);
  return Math.max(toBeDone, toAtOnce(state, sharing, latencyMs));
}

/** No leave before then. */
export const wait = (state: PaceState, ask: Ask, nowMs: number, untilMs: number): Reserved => ({
  state: see(state, ask, nowMs, 0),
  reply: { kind: 'wait', untilMs },
});

const see = (state: PaceState, { instance }: Ask, seenAtMs: number, holdsUntilMs: number): PaceState => ({
  ...state,
  instances: { ...state.instances, [instance]: { seenAtMs, holdsUntilMs } },
});

/** Two windows, but at least and at most so long. */
const FORGET_AFTER = { leastMs: 10_000, mostMs: 5 * 60_000 };

/** Without those who did not call for long, and with whoever asks, who holds no permits then. */
export function forget(state: PaceState, ask: Ask, nowMs: number): PaceState {
  const { leastMs, mostMs } = FORGET_AFTER;
  const forMs = Math.min(mostMs, Math.max(leastMs, 2 * (state.cycles.at(-1)?.periodMs ?? 0)));
  const live = Object.entries(state.instances).filter(([, { seenAtMs }]) => nowMs - seenAtMs < forMs);
  return see({ ...state, instances: Object.fromEntries(live) }, ask, nowMs, 0);
}
