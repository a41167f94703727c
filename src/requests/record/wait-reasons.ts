import { toAsLongAgainMs } from '../../platform/backoff.ts';

/** The delay before the next check, where Webex names no time. */
export type WaitDelay =
  | { readonly kind: 'fixed'; readonly ms: number }
  /** Doubles with each attempt, from `RETRY_BASE_SECONDS` up to `maxMs`; half of it is random. */
  | { readonly kind: 'backoff'; readonly maxMs: number }
  /** As long again as the reason has lasted: a short cause ends soon, and a long one costs few calls. */
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
   * The effect of the wait on the time that the request has waited for each reason:
   * - `ends`: the time counts, and the request fails after `RETRY_HORIZON_HOURS` for this reason
   * - `counts`: the time counts, without a limit
   * - `stays`: the time does not count, since the request waits for the organization
   * - `resets`: Webex knows the person: the time of each reason starts again
   */
  readonly time: 'ends' | 'counts' | 'stays' | 'resets';
  /** Whether a time that Webex names replaces the delay. */
  readonly keepsRetryAfter?: true;
  /** Whether the attempt counts. Waiting for another party is no failed attempt. */
  readonly isAttempt?: true;
  /** Whether the request shows the condition of Webex's refusal, and the remedy. */
  readonly tellsCause?: true;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const fixed = (ms: number) => ({ kind: 'fixed', ms }) as const;
const asLongAgain = (minMs: AsLongAgain['minMs'], maxMs: number): AsLongAgain => {
  return { kind: 'as-long-again', minMs, maxMs };
};

/** The reasons to wait, each with its policy. `src/worker/wait.ts` chooses the reason. */
export const WAIT_POLICIES = {
  'rate-limited': { delay: fixed(15_000), time: 'stays', keepsRetryAfter: true },
  'webex-unavailable': {
    delay: { kind: 'backoff', maxMs: HOUR_MS },
    time: 'ends',
    keepsRetryAfter: true,
    isAttempt: true,
  },
  'person-not-found': { delay: { kind: 'person-delays' }, time: 'ends' },
  /** The sweep wakes the request when a seat is free. A daily check covers a missed wake-up. */
  'no-seats': { delay: fixed(24 * HOUR_MS), time: 'resets' },
  /** The sweep reserves an extension, or a phone number, that is free again, and wakes the request. */
  'no-extension': { delay: fixed(HOUR_MS), time: 'resets', tellsCause: true },
  'no-phone-number': { delay: fixed(HOUR_MS), time: 'resets', tellsCause: true },
  'phone-numbers-not-told': { delay: fixed(HOUR_MS), time: 'resets', tellsCause: true },
  'catalogue-incomplete': { delay: asLongAgain(5_000, 15 * MINUTE_MS), time: 'counts' },
  /** An operator approves or rejects it. A daily check covers a limit that was turned off. */
  'needs-approval': { delay: fixed(24 * HOUR_MS), time: 'stays' },
  /** The sweep releases it after the pause. */
  'paused-by-operator': { delay: fixed(2 * MINUTE_MS), time: 'stays' },
  /** For HR events. */
  'needs-identity': { delay: fixed(HOUR_MS), time: 'stays' },
  /** A token or a role that Webex refuses. */
  paused: { delay: fixed(5 * MINUTE_MS), time: 'stays', keepsRetryAfter: true, tellsCause: true },
  'permission-missing': { delay: asLongAgain('retry-base', HOUR_MS), time: 'ends', tellsCause: true },
  /** `failingSince` has its time: see `waitForRedelivery`. */
  'host-gave-up': { delay: asLongAgain(MINUTE_MS, HOUR_MS), time: 'stays' },
} as const satisfies Record<string, WaitPolicy>;

export type WaitReason = keyof typeof WAIT_POLICIES;

export const WAIT_REASONS = Object.keys(WAIT_POLICIES) as readonly WaitReason[];

/** The reasons that Webex refuses something: an alarm where it is the token or the organization, else of one person. */
export const REFUSED_REASONS = ['paused', 'permission-missing'] as const satisfies readonly WaitReason[];
export type RefusedReason = (typeof REFUSED_REASONS)[number];

/** The delay in milliseconds after a reason has lasted this long. */
export const toNextWaitMs = ({ minMs, maxMs }: AsLongAgain, lastedMs: number, retryBaseMs: number): number =>
  toAsLongAgainMs(lastedMs, minMs === 'retry-base' ? retryBaseMs : minMs, maxMs);

/**
 * The longest delay of a message. The scale controller of Azure Functions counts invisible messages once one is
 * visible: long delays would start idle instances.
 */
const LONGEST_MESSAGE_DELAY_MS = MINUTE_MS;

/** Whether the sweep sends the message at the end of a wait, since the wait is too long for a delayed message. */
export const isRowOnly = (until: Date, now: Date): boolean =>
  until.getTime() - now.getTime() > LONGEST_MESSAGE_DELAY_MS;
