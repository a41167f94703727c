import type { Pause } from '../pace.ts';

/** Until when this instance does not call, as far as it knows: for the rate limit, or as Webex refuses its token or role. */
export interface Pauses {
  readonly untilMs: () => number;
  readonly reason: () => Pause['for'];
  readonly limitedUntil: (untilMs: number) => void;
  readonly refusedUntil: (untilMs: number) => void;
}

export function createPauses(now: () => number): Pauses {
  let limitedUntilMs = 0;
  let refusedUntilMs = 0;
  return {
    untilMs: () => Math.max(limitedUntilMs, refusedUntilMs),
    reason: () => (refusedUntilMs > limitedUntilMs && refusedUntilMs > now() ? 'paused' : 'rate-limited'),
    limitedUntil(untilMs) {
      limitedUntilMs = Math.max(limitedUntilMs, untilMs);
    },
    refusedUntil(untilMs) {
      refusedUntilMs = Math.max(refusedUntilMs, untilMs);
    },
  };
}
