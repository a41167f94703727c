import type { Clock } from '../../../src/platform/clock.ts';
import type { Pause, RateLimiter } from '../../../src/webex/rate-limit/permit.ts';

/** Calls are welcome, except while a token or a role is refused. */
export function createOpenRateLimiter(clock: Clock): Pick<RateLimiter, 'ready' | 'pause'> {
  let pause: Pause = { until: new Date(0), for: 'paused' };
  return {
    ready: async () => (clock() < pause.until ? pause : undefined),
    pause: (until, cause) => {
      if (until > pause.until) pause = { until, for: 'paused', cause };
    },
  };
}
