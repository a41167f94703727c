import type { Clock } from '../platform/clock.ts';

/** Why the organization is not called: its rate limit, or a token or role that Webex refuses. */
export interface Pause {
  readonly until: Date;
  readonly for: 'rate-limited' | 'paused';
}

/** How fast the organization may be called. This one knows what this instance was told. */
export interface Pace {
  /** Undefined when calls are welcome. */
  paused(): Pause | undefined;
  pause(pause: Pause): void;
}

export function createPace(clock: Clock): Pace {
  let current: Pause | undefined;
  return {
    paused: () => (current && current.until > clock() ? current : undefined),
    pause: (next) => {
      if (!current || next.until > current.until) current = next;
    },
  };
}
