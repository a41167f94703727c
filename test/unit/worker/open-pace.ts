import type { Clock } from '../../../src/platform/clock.ts';
import type { PaceAhead } from '../../../src/webex/pace/passes.ts';

/** Calls are welcome, except while a token or a role is refused. */
export function createOpenPace(clock: Clock): Pick<PaceAhead, 'ready' | 'pause'> {
  let until = new Date(0);
  return {
    ready: async () => (clock() < until ? { until, for: 'paused' } : undefined),
    pause: (next) => {
      if (next > until) until = next;
    },
  };
}
