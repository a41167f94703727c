import type { Urgency } from './pace/line.ts';

/** Why the organization is not called: its rate limit, or a token or role that Webex refuses. */
export interface Pause {
  readonly until: Date;
  readonly for: 'rate-limited' | 'paused';
  /** What Webex refuses, and what to do about it. */
  readonly cause?: PauseCause | undefined;
}

/** The failure that a pause is due to. */
export interface PauseCause {
  readonly condition: string;
  readonly advice?: string | undefined;
}

/** Leave to make one call now. Whoever has it says how that ended, once. */
export interface Permit {
  answered(): void;
  /** Answered 429: nobody calls before the time that the server named, if it named one. */
  limited(retryAfterMs: number | undefined): void;
  /** Not called after all. */
  unused(): void;
}

/** How fast the organization may be called, by all instances together. */
export interface Pace {
  /** Undefined when calls are welcome, as far as this instance knows. */
  paused(): Pause | undefined;
  /** This instance does not call until then: Webex refuses its token or its role. */
  pause(until: Date, cause: PauseCause): void;
  /** Leave for a call within `patienceMs`, or when to come again. @throws StorageUnavailable */
  permit(urgency: Urgency, patienceMs: number): Promise<Permit | Pause>;
}

export const isPermit = (answer: Permit | Pause): answer is Permit => 'answered' in answer;
