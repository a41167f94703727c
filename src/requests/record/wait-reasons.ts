import { toAsLongAgainMs } from '../../platform/backoff.ts';

/** How long a request waits for a reason before its next check, where the one that it waits for names no time. */
export type WaitDelay =
  | { readonly kind: 'fixed'; readonly ms: number }
  /** Doubled with each attempt, from `RETRY_BASE_SECONDS` up to `maxMs`, half of it by chance. */
  | { readonly kind: 'backoff'; readonly maxMs: number }
  /** As long again as the reason has lasted: what is mended soon is tried soon, and what is not costs few calls. */
  | AsLongAgain
  /** `PERSON_NOT_FOUND_DELAYS_SECONDS`. */
  | { readonly kind: 'person-delays' };

export interface AsLongAgain {
  readonly kind: 'as-long-again';
  /** `retry-base` is `RETRY_BASE_SECONDS`. */
  readonly minMs: number | 'retry-base';
  readonly maxMs: number;
}

export interface WaitPolicy {
  readonly delay: WaitDelay;
  /**
   * What becomes of the time that the request has waited, reason by reason:
   * - `ends`: it is counted, and the request fails once it has waited for `RETRY_HORIZON_HOURS` for this reason
   * - `counts`: it is counted, and the wait lasts as long as it takes
   * - `stays`: it is as it was, since the wait is for the organization
   * - `resets`: Webex was asked and knows the person, so that each reason has its whole time again
   */
  readonly time: 'ends' | 'counts' | 'stays' | 'resets';
  /** Whether a time that Webex names is kept in place of the delay. */
  readonly keepsRetryAfter?: true;
  /** Whether the attempt counts: not where the request waits for somebody else. */
  readonly isAttempt?: true;
  /** Whether the request says what Webex refuses, and what to do about it. */
  readonly tellsCause?: true;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const fixed = (ms: number) => ({ kind: 'fixed', ms }) as const;
const asLongAgain = (minMs: AsLongAgain['minMs'], maxMs: number): AsLongAgain => {
  return { kind: 'as-long-again', minMs, maxMs };
};

/**
 * What a waiting request waits for, and how: always for somebody else, or until what keeps the host from handling it is
 * over. `src/worker/wait.ts` decides which of these it is.
 */
export const WAIT_POLICIES = {
  'rate-limited': { delay: fixed(15_000), time: 'stays', keepsRetryAfter: true },
  'webex-unavailable': {
    delay: { kind: 'backoff', maxMs: HOUR_MS },
    time: 'ends',
    keepsRetryAfter: true,
    isAttempt: true,
  },
  'person-not-found': { delay: { kind: 'person-delays' }, time: 'ends' },
  /** The sweep wakes the request when a seat is free. The check of each day finds what it could not tell. */
  'no-seats': { delay: fixed(24 * HOUR_MS), time: 'resets' },
  'catalogue-incomplete': { delay: asLongAgain(5_000, 15 * MINUTE_MS), time: 'counts' },
  /** Of HR events. */
  'needs-identity': { delay: fixed(HOUR_MS), time: 'stays' },
  /** A token or a role that Webex refuses. */
  paused: { delay: fixed(5 * MINUTE_MS), time: 'stays', keepsRetryAfter: true, tellsCause: true },
  'permission-missing': { delay: asLongAgain('retry-base', HOUR_MS), time: 'ends', tellsCause: true },
  /** Its time is counted by `troubledSince`: see `waitTroubled`. */
  'host-gave-up': { delay: asLongAgain(MINUTE_MS, HOUR_MS), time: 'stays' },
} as const satisfies Record<string, WaitPolicy>;

export type WaitReason = keyof typeof WAIT_POLICIES;

export const WAIT_REASONS = Object.keys(WAIT_POLICIES) as readonly WaitReason[];

/** The delay, in milliseconds, of what has lasted so long. */
export const toNextWaitMs = ({ minMs, maxMs }: AsLongAgain, lastedMs: number, retryBaseMs: number): number =>
  toAsLongAgainMs(lastedMs, minMs === 'retry-base' ? retryBaseMs : minMs, maxMs);

/**
 * The longest delay of a message. The scale controller of Azure Functions counts invisible messages as soon as one is
 * visible, so that requests that wait for long would start instances that have nothing to do.
 */
export const LONGEST_MESSAGE_DELAY_MS = MINUTE_MS;

/** Whether a wait keeps no message, so that the sweep has to send one when it is over. */
export const isRowOnly = (until: Date, now: Date): boolean =>
  until.getTime() - now.getTime() > LONGEST_MESSAGE_DELAY_MS;
