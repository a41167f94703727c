import type { Clock } from '../platform/clock.ts';
import { WebexFailure } from './failure.ts';
import type { Urgency } from './pace/line.ts';
import { isPermit, type Pace, type Pause } from './pace.ts';
import type { Transport, WebexAnswer, WebexCall } from './transport.ts';

/** How long a call waits for leave: what takes longer is not sat through by whoever performs a message. */
const PATIENCE_MS: Readonly<Record<Urgency, number>> = {
  interactive: 2_000,
  bulk: 2_000,
  inventory: 30_000,
};

/** 423 says the same as 429: not now, and nothing was done. */
const isLimited = ({ status }: WebexAnswer) => status === 429 || status === 423;

/**
 * A transport that asks for leave before each call, and says how it ended. Without leave in time the call fails with
 * the time to come again, and was not sent.
 */
export function createPacedTransport(
  transport: Transport,
  pace: Pick<Pace, 'permit'>,
  clock: Clock,
): Transport {
  return {
    async call(call) {
      const leave = await pace.permit(call.urgency ?? 'bulk', toPatienceMs(call, clock()));
      if (!isPermit(leave)) throw toNotSent(leave, clock());
      const answer = await transport.call(call).catch((error: unknown) => {
        leave.answered();
        throw error;
      });
      if (isLimited(answer)) leave.limited(answer.retryAfterMs);
      else leave.answered();
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
