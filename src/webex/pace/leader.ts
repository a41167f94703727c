import { type Ask, grant, type Leave, type Reserved, toLive, wait } from './leave.ts';
import type { PaceState } from './state.ts';

/** A leader that asks for no more is followed by another one; soon, where there may be no limit. */
const LEADS_FOR_MS = 1_500;
const COLD_LEADS_FOR = { calls: 3, andMs: 400 };

function toLeadsForMs({ cycles }: PaceState, { latencyMs }: Ask): number {
  const { calls, andMs } = COLD_LEADS_FOR;
  return cycles.length === 0 ? Math.min(LEADS_FOR_MS, calls * latencyMs + andMs) : LEADS_FOR_MS;
}

/** The more there are, the less often each of them looks whether the others have used what they hold. */
const ASK_AGAIN_MS = 100;

/** Whether somebody else goes ahead. */
export const isLed = ({ leader }: PaceState, { instance }: Ask, nowMs: number): boolean =>
  leader !== undefined && leader.untilMs > nowMs && leader.instance !== instance;

/**
 * Leave for one at a time, where it is not known what passes: its 429 finds nobody else calling. It begins when nobody
 * else holds permits, and goes on as long as it has calls to make.
 */
export function alone(state: PaceState, ask: Ask, nowMs: number, leave: Leave): Reserved {
  const { leader, instances } = state;
  if (leader && leader.untilMs > nowMs) {
    return isLed(state, ask, nowMs)
      ? wait(state, ask, nowMs, leader.untilMs)
      : lead(state, ask, nowMs, leave);
  }
  const others = Object.entries(instances).filter(([name]) => name !== ask.instance);
  const heldUntilMs = Math.max(0, ...others.map(([, { holdsUntilMs }]) => holdsUntilMs));
  if (heldUntilMs <= nowMs) return lead(state, ask, nowMs, leave);
  return wait(state, ask, nowMs, Math.min(heldUntilMs, nowMs + ASK_AGAIN_MS * (1 + toLive(state))));
}

/** The same, of calls that may be refused. */
export const probe = (state: PaceState, ask: Ask, nowMs: number, count: number): Reserved =>
  alone(state, ask, nowMs, { count, isProbe: true });

/** One call, of whoever is first after a pause that the server did not name: is it over? */
export function tryWhetherOver(state: PaceState, ask: Ask, nowMs: number): Reserved {
  const { leader } = state;
  if (leader && leader.untilMs > nowMs) return wait(state, ask, nowMs, leader.untilMs);
  return lead(state, ask, nowMs, { count: 1, isProbe: true });
}

/** Whoever tried, and asks for more, was not refused. */
export const withoutTry = (state: PaceState, { instance }: Ask): PaceState =>
  state.isTrying && state.leader?.instance === instance ? { ...state, isTrying: false } : state;

function lead(state: PaceState, ask: Ask, nowMs: number, leave: Leave): Reserved {
  const granted = grant(state, ask, nowMs, leave);
  const leader = { instance: ask.instance, untilMs: nowMs + toLeadsForMs(state, ask) };
  return { ...granted, state: { ...granted.state, leader } };
}
