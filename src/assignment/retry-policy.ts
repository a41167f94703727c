import type { LedgerEntry, WaitedMs } from '../ledger/entry.ts';
import type { WaitReason } from '../ledger/states.ts';
import type { Random } from '../platform/clock.ts';
import type { WebexFailure } from '../webex/failure.ts';

export interface RetryPolicy {
  /** Before the second attempt; doubled before each one after it. */
  readonly baseMs: number;
  /** How long a request may wait for one reason that may never end, before it fails. */
  readonly horizonMs: number;
  /** Before each look at a person whom Webex does not know yet; the last one repeats. */
  readonly personNotFoundDelaysMs: readonly number[];
}

export type Retry =
  | {
      readonly kind: 'wait';
      readonly reason: WaitReason;
      readonly delayMs: number;
      readonly isAttempt: boolean;
      /** What the request has waited by the next attempt, for each reason that ends at the horizon. */
      readonly waitedMs: WaitedMs;
    }
  | { readonly kind: 'give-up' };

const MAX_DELAY_MS = 3_600_000;
/** Where Webex limits the rate and does not say for how long. */
const DEFAULT_RATE_LIMIT_DELAY_MS = 15_000;
/** How soon a token or a role that Webex refused is tried again. */
export const PAUSE_MS = 5 * 60_000;
const MAX_CONFLICTING_CHANGES = 3;

/** Waits that end at the horizon, each by itself. The others are for the organization, and last as long as it takes. */
const ENDING: readonly WaitReason[] = ['webex-unavailable', 'person-not-found', 'permission-missing'];

type Asked = Pick<LedgerEntry, 'attempts' | 'personLooks' | 'waitedMs' | 'personId' | 'request'>;

/**
 * What to do after a failed attempt. Waiting for somebody else is no attempt, and a delay that the server named is kept
 * as it is. A reason that may never end has the horizon to itself: only the time that the request waited for that
 * reason counts, so that a request that waited for a seat or a token for days has all its retries left.
 */
export function decideRetry(
  failure: WebexFailure,
  entry: Asked,
  { random, policy }: { random: Random; policy: RetryPolicy },
): Retry {
  const { waitedMs = {} } = entry;
  const retry = toRetry(failure, entry, random, policy);
  if (retry === undefined) return { kind: 'give-up' };
  if (!ENDING.includes(retry.reason)) return { kind: 'wait', ...retry, waitedMs };
  const { 'webex-unavailable': unavailableMs = 0, ...answered } = waitedMs;
  const isUnavailable = retry.reason === 'webex-unavailable';
  const spentMs = isUnavailable ? unavailableMs : (answered[retry.reason] ?? 0);
  if (spentMs > 0 && spentMs + retry.delayMs > policy.horizonMs) return { kind: 'give-up' };
  return { kind: 'wait', ...retry, waitedMs: { ...answered, [retry.reason]: spentMs + retry.delayMs } };
}

function toRetry(
  failure: WebexFailure,
  { attempts, personLooks, waitedMs, personId, request }: Asked,
  random: Random,
  { baseMs, personNotFoundDelaysMs }: RetryPolicy,
): { readonly reason: WaitReason; readonly delayMs: number; readonly isAttempt: boolean } | undefined {
  const wait = (reason: WaitReason, delayMs: number, isAttempt = false) => {
    return { reason, delayMs, isAttempt };
  };
  switch (failure.remedy) {
    case 'retry': {
      if (failure.status === 409 && attempts >= MAX_CONFLICTING_CHANGES) return undefined;
      const delayMs = failure.retryAfterMs ?? toBackoffMs(baseMs, attempts, random);
      return wait('webex-unavailable', delayMs, true);
    }
    case 'wait-for-organization':
      return failure.condition === 'rate-limited'
        ? wait('rate-limited', failure.retryAfterMs ?? DEFAULT_RATE_LIMIT_DELAY_MS)
        : wait('paused', failure.retryAfterMs ?? PAUSE_MS);
    case 'refresh-token':
      return wait('paused', PAUSE_MS);
    case 'wait-for-person': {
      // As long again as that has lasted: what is mended soon is tried soon, and costs few calls where it is not.
      const lastedMs = waitedMs?.['permission-missing'] ?? 0;
      return wait('permission-missing', Math.min(Math.max(lastedMs, baseMs), MAX_DELAY_MS));
    }
    case 'look-again-later': {
      // The id was Webex's own answer for the address, which may mean another person by now.
      if (personId !== undefined && request?.person.personId === undefined)
        return wait('person-not-found', 0);
      const longestMs = personNotFoundDelaysMs.at(-1) ?? MAX_DELAY_MS;
      // A removal is done if the person is not there after the longest wait: more looks would tell no more.
      const delayMs = isRemovalOnly(request) ? longestMs : (personNotFoundDelaysMs[personLooks] ?? longestMs);
      return wait('person-not-found', delayMs);
    }
    default:
      return undefined;
  }
}

const isRemovalOnly = (request: LedgerEntry['request']): boolean =>
  request !== undefined &&
  [...request.licenses, ...request.siteUrls].every(({ operation }) => operation === 'remove');

/** Doubles with each attempt up to an hour; half of it by chance, so that a crowd does not come back at once. */
function toBackoffMs(baseMs: number, attempts: number, random: Random): number {
  const fullMs = Math.min(baseMs * 2 ** Math.min(attempts - 1, 20), MAX_DELAY_MS);
  return Math.round(fullMs * (0.5 + random() / 2));
}
