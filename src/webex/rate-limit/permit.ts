/** The most urgent first. */
export const URGENCIES = ['interactive', 'bulk', 'inventory'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Why Webex is not called: its rate limit, or a token or role that it refuses. */
export interface Pause {
  readonly until: Date;
  readonly for: 'rate-limited' | 'paused';
  /** The refusal, and what to do about it. */
  readonly cause?: PauseCause | undefined;
}

/** The failure behind a pause. */
export interface PauseCause {
  readonly condition: string;
  readonly advice?: string | undefined;
}

/** Allows one call, now. */
export interface Permit {
  /** The call was answered 429 or 423: no instance calls before the time that Webex named, by default after 15 s. */
  limited(retryAfterMs: number | undefined): void;
}

/** Limits the rate of calls with the token: one limit for all instances and all organizations of a deployment. */
export interface RateLimiter {
  /** A permit within `patienceMs`, or the time at which to try again. @throws StorageUnavailable */
  permit(urgency: Urgency, patienceMs: number): Promise<Permit | Pause>;
  /**
   * Reserves a permit for a call that follows within ten seconds: the next call of this instance uses it.
   * @returns `undefined` where a permit is reserved, or the time at which to try again
   * @throws StorageUnavailable
   */
  ready(urgency: Urgency, patienceMs: number): Promise<Pause | undefined>;
  /** The number of calls that Webex accepts in this time, by the estimate. @throws StorageUnavailable */
  callsWithin(ms: number): Promise<number>;
  /** Stops the calls of this instance until then: Webex refuses its token. */
  pause(until: Date, cause: PauseCause): void;
}

export const isPermit = (answer: Permit | Pause): answer is Permit => 'limited' in answer;
