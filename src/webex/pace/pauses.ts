import type { Pause, PauseCause } from '../pace.ts';

/** Until when this instance does not call, as far as it knows: for the rate limit, or as Webex refuses its token or role. */
export interface Pauses {
  readonly untilMs: () => number;
  /** Why, in the form of a pause until then. */
  readonly toPause: (untilMs: number) => Pause;
  readonly limitedUntil: (untilMs: number) => void;
  readonly refusedUntil: (untilMs: number, cause: PauseCause) => void;
}

export function createPauses(now: () => number): Pauses {
  let limitedUntilMs = 0;
  let refusedUntilMs = 0;
  let refusal: PauseCause | undefined;
  return {
    untilMs: () => Math.max(limitedUntilMs, refusedUntilMs),
    toPause(untilMs) {
      const isRefused = refusedUntilMs > limitedUntilMs && refusedUntilMs > now();
      const until = new Date(untilMs);
      return isRefused ? { until, for: 'paused', cause: refusal } : { until, for: 'rate-limited' };
    },
    limitedUntil(untilMs) {
      limitedUntilMs = Math.max(limitedUntilMs, untilMs);
    },
    refusedUntil(untilMs, cause) {
      if (untilMs >= refusedUntilMs) refusal = cause;
      refusedUntilMs = Math.max(refusedUntilMs, untilMs);
    },
  };
}
