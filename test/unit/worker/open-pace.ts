import type { Clock } from '../../../src/platform/clock.ts';
import type { PaceAhead } from '../../../src/webex/pace/passes.ts';
import type { Pause } from '../../../src/webex/pace.ts';

/** Calls are welcome, except while a token or a role is refused. */
export function createOpenPace(clock: Clock): Pick<PaceAhead, 'ready' | 'pause'> {
  let pause: Pause = { until: new Date(0), for: 'paused' };
  return {
    ready: async () => (clock() < pause.until ? pause : undefined),
    pause: (until, cause) => {
      if (until > pause.until) pause = { until, for: 'paused', cause };
    },
  };
}
