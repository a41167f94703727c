import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import LinkHeader from 'http-link-header';
import type { Clock } from '../platform/clock.ts';
import { toUncertainFailure, type WebexFailure } from './failure.ts';
import type { Urgency } from './pace-line.ts';
import { parseRetryAfterMs } from './retry-after.ts';
import type { AccessTokens } from './tokens.ts';

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
  /** The target of `Link: <…>; rel="next"`, as it was sent. */
  readonly next?: string;
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
    { method, path, body, deadline }: WebexCall,
    accessToken: string,
  ): Promise<WebexAnswer> {
    const { default: fetch } = await import('node-fetch');
    const leftMs = deadline === undefined ? timeoutMs : deadline.getTime() - clock().getTime();
    const sentTrackingId = `SEATLINE_${newId()}`;
    if (leftMs <= 0) throw toUncertainFailure('no-answer', 'not sent: no time was left', sentTrackingId);
    // Not AbortSignal.timeout: its timers live on after the answer, and thousands of them with what they hold on to.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), Math.min(timeoutMs, leftMs));
    try {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        agent,
        // A redirect could take the token to another host: it is an answer like any other.
        redirect: 'manual',
        size: MAX_ANSWER_BYTES,
        signal: abort.signal,
        headers: {
          authorization: `Bearer ${accessToken}`,
          accept: 'application/json',
          trackingid: sentTrackingId,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const next = toNext(response.headers.get('link'));
      const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), clock());
      return {
        status: response.status,
        body: await response.text(),
        // Live servers echo the id twice, with a comma between.
        trackingId: response.headers.get('trackingid')?.split(',')[0]?.trim() || sentTrackingId,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        ...(next === undefined ? {} : { next }),
      };
    } catch (error) {
      throw toNoAnswer(error, sentTrackingId);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @throws where the header is no list of links: a listing must not end for that */
const toNext = (header: string | null): string | undefined =>
  header === null ? undefined : LinkHeader.parse(header).rel('next')[0]?.uri;

/** Only the error's code goes on: the message of a fetch error holds the URL, and with it a person's address. */
function toNoAnswer(error: unknown, trackingId: string): WebexFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const name = error instanceof Error ? error.name : 'unknown';
  return toUncertainFailure('no-answer', code ?? name, trackingId);
}
