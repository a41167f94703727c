import { toAcceptedRate } from './estimate.ts';
import { countInstances, type LimitState } from './limit-state.ts';
import type { Urgency } from './permit.ts';

/** A young request tries again within a minute. Where more of them wait than a minute lets through, the others are spread. */
const YOUNG_SPREAD_MS = 60_000;
/** The limit may rise: calls are spread over 10 minutes at most, and the sweep releases later ones at the rate of then. */
const LONGEST_SPREAD_MS = 10 * 60_000;
/** A little closer than the rate allows, so that the rate is used up. */
const CLOSER = 0.8;

/**
 * Chooses the time at which a call without a permit tries again: one call after the other, at this instance's share of
 * the accepted rate. If all tried at the end of the pause, most of them would get no permit again.
 * Young requests have a sequence of their own, so that they pass a backlog.
 */
export function createRetryTimes(known: () => LimitState | undefined) {
  let lastYoungMs = 0;
  let lastMs = 0;
  return function toRetryMs(notBeforeMs: number, urgency: Urgency): number {
    const state = known();
    if (!state) return notBeforeMs;
    const spacingMs = (CLOSER * countInstances(state)) / toAcceptedRate(state);
    if (urgency === 'interactive') {
      const youngMs = Math.max(lastYoungMs + spacingMs, notBeforeMs);
      if (youngMs <= notBeforeMs + YOUNG_SPREAD_MS) {
        lastYoungMs = youngMs;
        return youngMs;
      }
    }
    const nextMs = Math.max(lastMs + spacingMs, notBeforeMs);
    lastMs = nextMs > notBeforeMs + LONGEST_SPREAD_MS ? notBeforeMs : nextMs;
    return lastMs;
  };
}
