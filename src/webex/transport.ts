import type { Clock } from '../platform/clock.ts';
import { callHttp, NoWholeAnswer } from '../platform/http-client.ts';
import { type AnswerContent, toUncertainFailure } from './errors/failure.ts';
import { toTrackingId } from './lenient.ts';
import type { Urgency } from './rate-limit/permit.ts';
import { parseRetryAfterMs } from './retry-after.ts';
import type { AccessTokens } from './tokens/token-source.ts';

export interface WebexCall {
  readonly method: 'GET' | 'PATCH' | 'POST';
  /** Below the API's base, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** After this, the caller has no use for an answer. */
  readonly deadline?: Date | undefined;
  /** By default `bulk`. */
  readonly urgency?: Urgency;
}

export interface WebexAnswer extends AnswerContent {
  /** The `Link` header, as it was sent. */
  readonly link?: string;
}

export interface Transport {
  /** @throws {WebexFailure} `no-answer` where no whole answer of at most 16 MiB came in time */
  call(call: WebexCall): Promise<WebexAnswer>;
}

interface TransportOptions {
  readonly apiUrl: string;
  readonly tokens: Pick<AccessTokens, 'current' | 'replace'>;
  /** For one call, until its answer is read. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly newId: () => string;
}

const MAX_ANSWER_BYTES = 16 * 1_024 * 1_024;

export function createTransport({ apiUrl, tokens, timeoutMs, clock, newId }: TransportOptions): Transport {
  return {
    async call(call) {
      const token = await tokens.current();
      const answer = await send(call, token);
      if (answer.status !== 401) return answer;
      const other = await tokens.replace(token);
      return other === undefined ? answer : send(call, other);
    },
  };

  async function send(
    { method, path, body: content, deadline }: WebexCall,
    accessToken: string,
  ): Promise<WebexAnswer> {
    const remainingMs = deadline === undefined ? timeoutMs : deadline.getTime() - clock().getTime();
    const sentTrackingId = `SEATLINE_${newId()}`;
    if (remainingMs <= 0) throw toUncertainFailure('no-answer', 'not sent: no time was left', sentTrackingId);
    try {
      const { status, headers, body } = await callHttp(`${apiUrl}${path}`, {
        method,
        timeoutMs: Math.min(timeoutMs, remainingMs),
        maxBytes: MAX_ANSWER_BYTES,
        headers: {
          authorization: `Bearer ${accessToken}`,
          accept: 'application/json',
          trackingid: sentTrackingId,
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      });
      const retryAfterMs = parseRetryAfterMs(headers['retry-after']?.[0], clock());
      return {
        status,
        body,
        trackingId: toTrackingId(headers.trackingid?.[0]) ?? sentTrackingId,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        ...(headers.link === undefined ? {} : { link: headers.link.join(', ') }),
      };
    } catch (error) {
      if (!(error instanceof NoWholeAnswer)) throw error;
      throw toUncertainFailure('no-answer', error.code, sentTrackingId);
    }
  }
}
