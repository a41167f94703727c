/** The most urgent first. */
export const URGENCIES = ['interactive', 'bulk', 'inventory'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Why Webex is not called: its rate limit, or a token or role that it refuses. */
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

/** Allows one call, now. */
export interface Permit {
  /** The call was answered 429 or 423: no instance calls before the time that Webex named, if it named one. */
  limited(retryAfterMs: number | undefined): void;
}

/** How fast Webex may be called with the token: one limit for all instances and all organizations of a deployment. */
export interface RateLimiter {
  /** A permit within `patienceMs`, or when to come again. @throws StorageUnavailable */
  permit(urgency: Urgency, patienceMs: number): Promise<Permit | Pause>;
  /**
   * Reserves a permit for a call that follows within ten seconds: the next call of this instance uses it.
   * @returns undefined where a permit is reserved, or when to come again
   * @throws StorageUnavailable
   */
  ready(urgency: Urgency, patienceMs: number): Promise<Pause | undefined>;
  /** How many calls Webex lets through in this time, by what it let through lately. @throws StorageUnavailable */
  callsWithin(ms: number): Promise<number>;
  /** This instance does not call until then: Webex refuses its token. */
  pause(until: Date, cause: PauseCause): void;
}

export const isPermit = (answer: Permit | Pause): answer is Permit => 'limited' in answer;
