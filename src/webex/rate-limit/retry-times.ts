import { toAcceptedRate } from './estimate.ts';
import { countInstances, type LimitState } from './limit-state.ts';
import type { Urgency } from './permit.ts';

/** At most so long after the first of them, since the limit may rise. The sweep releases at the rate of then. */
const LONGEST_SPREAD_MS = 10 * 60_000;
/** A little closer than the rate allows, so that the rate is used up. */
const CLOSER = 0.8;

/**
 * When calls that got no permit come again: one after the other, at this instance's share of what Webex let through
 * lately. If all came at the end of the pause, most of them would be sent away again.
 */
export function createRetryTimes(known: () => LimitState | undefined) {
  let lastMs = 0;
  return (notBeforeMs: number, urgency: Urgency): number => {
    const state = known();
    if (urgency === 'interactive' || !state) return notBeforeMs;
    const spacingMs = (CLOSER * countInstances(state)) / toAcceptedRate(state);
    const nextMs = Math.max(lastMs + spacingMs, notBeforeMs);
    lastMs = nextMs > notBeforeMs + LONGEST_SPREAD_MS ? notBeforeMs : nextMs;
    return lastMs;
  };
}
