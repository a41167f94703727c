import { overBucket, reserveOfBucket } from './bucket.ts';
import { isSteadyBudget, toBudget } from './evidence.ts';
import { isLed, tryWhetherOver, withoutTry } from './leader.ts';
import { type Ask, forget, grant, type Reserved, toFew, wait } from './leave.ts';
import { takeBack } from './limit.ts';
import type { PaceState } from './state.ts';
import { overWindow, reserveOfWindow, toProbeAtMs } from './window.ts';

/**
 * Gives leave for calls, or says when to ask again. All instances together take what the last cycles were good for;
 * beyond that, and while little is known, one goes ahead alone. Whoever has somebody waiting gets leave for a few calls
 * at once, beside all others.
 */
export function reserve(before: PaceState, ask: Ask, nowMs: number): Reserved {
  const settled = forget(takeBack(before, ask.returned), ask, nowMs);
  if (nowMs < settled.pausedUntilMs) return wait(settled, ask, nowMs, settled.pausedUntilMs);
  const state = withoutTry(isLed(settled, ask, nowMs) ? settled : over(settled, nowMs), ask);
  if (state.isTrying) return tryWhetherOver(state, ask, nowMs);
  const reserved = state.isBucket ? reserveOfBucket(state, ask, nowMs) : reserveOfWindow(state, ask, nowMs);
  return reserved.reply.kind === 'wait' && toFew(ask) > 0
    ? reserveFew(state, ask, nowMs, reserved.reply.untilMs)
    : reserved;
}

/** Not while somebody goes ahead, whose 429 may be on its way. */
const over = (state: PaceState, nowMs: number): PaceState =>
  state.isBucket ? overBucket(state, nowMs) : overWindow(state, nowMs);

/** Of all instances together. */
const FEW_EVERY_MS = 100;

/** @param otherwiseAtMs when there is leave in any case */
function reserveFew(state: PaceState, ask: Ask, nowMs: number, otherwiseAtMs: number): Reserved {
  if (isEnding(state, nowMs)) return wait(state, ask, nowMs, otherwiseAtMs);
  const fromMs = Math.max(state.fewAtMs, state.isBucket ? 0 : toProbeAtMs(state, nowMs));
  if (fromMs > nowMs) return wait(state, ask, nowMs, Math.min(fromMs, otherwiseAtMs));
  const count = toFew(ask);
  const { state: granted, reply } = grant(state, ask, nowMs, { count, isProbe: true });
  // They wait for no other calls, and nobody for them.
  const { instances, tokens } = state;
  return {
    state: { ...granted, instances, tokens: tokens - count, fewAtMs: nowMs + count * FEW_EVERY_MS },
    reply: { ...reply, atOnce: Number.POSITIVE_INFINITY },
  };
}

/** Whether somebody finds out just now that a window is used up. */
function isEnding({ cycles, isBucket, isGuess, taken, leader }: PaceState, nowMs: number): boolean {
  const isUsedUp = !isBucket && !isGuess && isSteadyBudget(cycles) && taken >= toBudget(cycles);
  return isUsedUp && leader !== undefined && leader.untilMs > nowMs;
}
