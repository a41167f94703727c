import { isMeasured, toRate } from './evidence.ts';
import type { Urgency } from './line.ts';
import type { PaceState } from './state.ts';

/** Nobody is sent away for longer than a pause and this: the limit may rise. */
const LONGEST_SPREAD_MS = 10 * 60_000;
/** The same where the rate is only what was called: spread at that, the calls become fewer, and the rate lower. */
const LONGEST_UNSURE_SPREAD_MS = 60_000;
/** A little closer than the rate allows, so that it is used up. */
const CLOSER = 0.8;

/**
 * When those who are sent away come again: one after the other, at the rate that Webex allows. If all came when the
 * pause is over, all but a few would have to be sent away again, each time.
 */
export function createSlots(known: () => PaceState | undefined) {
  let lastMs = 0;
  return (notBeforeMs: number, urgency: Urgency): number => {
    const state = known();
    const rate = state ? toRate(state.cycles) : 0;
    if (urgency === 'interactive' || !state || rate === 0) return notBeforeMs;
    const spacingMs = (CLOSER * Object.keys(state.instances).length) / rate;
    const nextMs = Math.max(lastMs + spacingMs, notBeforeMs);
    const longestMs = isMeasured(state.cycles) ? LONGEST_SPREAD_MS : LONGEST_UNSURE_SPREAD_MS;
    lastMs = nextMs > notBeforeMs + longestMs ? notBeforeMs : nextMs;
    return lastMs;
  };
}
