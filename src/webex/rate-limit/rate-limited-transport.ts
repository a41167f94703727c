import type { Clock } from '../../platform/clock.ts';
import { WebexFailure } from '../errors/failure.ts';
import type { Transport, WebexAnswer, WebexCall } from '../transport.ts';
import { isPermit, type Pause, type RateLimiter, type Urgency } from './permit.ts';

/** How long a call waits for a permit; after that, a work message is re-enqueued with a delay. */
const PATIENCE_MS: Readonly<Record<Urgency, number>> = {
  interactive: 2_000,
  bulk: 2_000,
  inventory: 30_000,
};

/** 423 means the same as 429: Webex did nothing, and has to be called later. */
const isLimited = ({ status }: WebexAnswer) => status === 429 || status === 423;

/**
 * A transport that acquires a permit before each call, and reports each 429 and 423 to the rate limiter. Without a permit
 * in time, the call is not sent and fails as `rate-limited`, with the time until the next try.
 */
export function createRateLimitedTransport(
  transport: Transport,
  limiter: Pick<RateLimiter, 'permit'>,
  clock: Clock,
): Transport {
  return {
    async call(call) {
      const permit = await limiter.permit(call.urgency ?? 'bulk', toPatienceMs(call, clock()));
      if (!isPermit(permit)) throw toNotSent(permit, clock());
      const answer = await transport.call(call);
      if (isLimited(answer)) permit.limited(answer.retryAfterMs);
      return answer;
    },
  };
}

const toPatienceMs = ({ urgency = 'bulk', deadline }: WebexCall, now: Date): number =>
  Math.min(PATIENCE_MS[urgency], deadline ? Math.max(0, deadline.getTime() - now.getTime()) : Infinity);

const toNotSent = ({ until, for: reason, cause }: Pause, now: Date): WebexFailure =>
  new WebexFailure({
    condition: reason === 'paused' ? (cause?.condition ?? 'organization-paused') : 'rate-limited',
    ...(cause?.advice !== undefined && { advice: cause.advice }),
    remedy: 'wait-for-organization',
    errors: [],
    retryAfterMs: Math.max(0, until.getTime() - now.getTime()),
  });
