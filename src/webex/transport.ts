import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { toUncertainFailure, type WebexFailure } from './failure.ts';
import { callOverHttp } from './http.ts';
import type { Urgency } from './pace/line.ts';
import { parseRetryAfterMs } from './retry-after.ts';
import type { AccessTokens } from './tokens.ts';
import { toTrackingId } from './tracking-id.ts';

export interface WebexCall {
  readonly method: 'GET' | 'PATCH';
  /** Below the API's base, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** When the caller's own time is over. */
  readonly deadline?: Date | undefined;
  /** `bulk` where nothing is said. */
  readonly urgency?: Urgency;
}

export interface WebexAnswer {
  readonly status: number;
  readonly body: string;
  readonly trackingId?: string;
  readonly retryAfterMs?: number;
  /** The `Link` header, as it was sent. */
  readonly link?: string;
}

export interface Transport {
  /** @throws {WebexFailure} `no-answer` where none came in time, whole, and of bearable size */
  call(call: WebexCall): Promise<WebexAnswer>;
}

export interface TransportOptions {
  readonly apiUrl: string;
  readonly tokens: Pick<AccessTokens, 'current' | 'replace'>;
  /** For one call, until its answer is read. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly newId: () => string;
}

const MAX_SOCKETS = 32;
const MAX_ANSWER_BYTES = 16 * 1_024 * 1_024;

export function createTransport({ apiUrl, tokens, timeoutMs, clock, newId }: TransportOptions): Transport {
  const pool = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agent = apiUrl.startsWith('https:') ? new HttpsAgent(pool) : new HttpAgent(pool);
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
    const leftMs = deadline === undefined ? timeoutMs : deadline.getTime() - clock().getTime();
    const sentTrackingId = `SEATLINE_${newId()}`;
    if (leftMs <= 0) throw toUncertainFailure('no-answer', 'not sent: no time was left', sentTrackingId);
    try {
      const { status, headers, body } = await callOverHttp(`${apiUrl}${path}`, {
        method,
        agent,
        timeoutMs: Math.min(timeoutMs, leftMs),
        maxBytes: MAX_ANSWER_BYTES,
        headers: {
          authorization: `Bearer ${accessToken}`,
          accept: 'application/json',
          trackingid: sentTrackingId,
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      });
      const retryAfterMs = parseRetryAfterMs(headers['retry-after'], clock());
      return {
        status,
        body,
        trackingId: toTrackingId([headers.trackingid].flat()[0]) ?? sentTrackingId,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        ...(headers.link === undefined ? {} : { link: String(headers.link) }),
      };
    } catch (error) {
      throw toNoAnswer(error, sentTrackingId);
    }
  }
}

const errorSchema = z.object({ code: z.string().optional(), name: z.string().optional() });

/** Only the error's code goes on: a message may hold the URL, and with it a person's address. */
function toNoAnswer(error: unknown, trackingId: string): WebexFailure {
  const { code, name = 'unknown' } = errorSchema.safeParse(error).data ?? {};
  return toUncertainFailure('no-answer', code ?? name, trackingId);
}
