import { type LedgerEntry, toEffectiveAt } from '../ledger/entry.ts';
import type { WaitReason } from '../ledger/states.ts';
import type { Random } from '../platform/clock.ts';
import type { WebexFailure } from '../webex/failure.ts';

export interface RetryPolicy {
  /** Before the second attempt; doubled before each one after it. */
  readonly baseMs: number;
  /** From when a request is due until nobody tries it again. */
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
    }
  | { readonly kind: 'give-up' };

const MAX_DELAY_MS = 3_600_000;
/** Where Webex limits the rate and does not say for how long. */
const DEFAULT_RATE_LIMIT_DELAY_MS = 15_000;
/** How soon a token or a role that Webex refused is tried again. */
const PAUSE_MS = 5 * 60_000;
const MAX_CONFLICTING_CHANGES = 3;

/**
 * What to do after a failed attempt. Waiting for somebody else is no attempt; a delay that the server named
 * is kept as it is; all ends at the horizon.
 */
export function decideRetry(
  failure: WebexFailure,
  entry: Pick<LedgerEntry, 'acceptedAt' | 'redrivenAt' | 'attempts' | 'personLooks' | 'request'>,
  { now, random, policy }: { now: Date; random: Random; policy: RetryPolicy },
): Retry {
  const retry = toRetry(failure, entry, random, policy);
  if (retry.kind === 'give-up') return retry;
  const { acceptedAt, redrivenAt = acceptedAt } = entry;
  const dueSince = Math.max(redrivenAt.getTime(), toEffectiveAt(entry).getTime());
  return now.getTime() + retry.delayMs > dueSince + policy.horizonMs ? { kind: 'give-up' } : retry;
}

function toRetry(
  failure: WebexFailure,
  { attempts, personLooks }: Pick<LedgerEntry, 'attempts' | 'personLooks'>,
  random: Random,
  { baseMs, personNotFoundDelaysMs }: RetryPolicy,
): Retry {
  const wait = (reason: WaitReason, delayMs: number, isAttempt = false): Retry => {
    return { kind: 'wait', reason, delayMs, isAttempt };
  };
  switch (failure.remedy) {
    case 'retry': {
      if (failure.status === 409 && attempts >= MAX_CONFLICTING_CHANGES) return { kind: 'give-up' };
      const delayMs = failure.retryAfterMs ?? toBackoffMs(baseMs, attempts, random);
      return wait('webex-unavailable', delayMs, true);
    }
    case 'wait-for-organization':
      return failure.condition === 'rate-limited'
        ? wait('rate-limited', failure.retryAfterMs ?? DEFAULT_RATE_LIMIT_DELAY_MS)
        : wait('paused', failure.retryAfterMs ?? PAUSE_MS);
    case 'refresh-token':
      return wait('paused', PAUSE_MS);
    case 'look-again-later': {
      const delayMs = personNotFoundDelaysMs[personLooks] ?? personNotFoundDelaysMs.at(-1) ?? MAX_DELAY_MS;
      return wait('person-not-found', delayMs);
    }
    default:
      return { kind: 'give-up' };
  }
}

/** Doubles with each attempt up to an hour; half of it by chance, so that a crowd does not come back at once. */
function toBackoffMs(baseMs: number, attempts: number, random: Random): number {
  const fullMs = Math.min(baseMs * 2 ** Math.min(attempts - 1, 20), MAX_DELAY_MS);
  return Math.round(fullMs * (0.5 + random() / 2));
}
