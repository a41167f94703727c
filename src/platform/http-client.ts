import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import fetch, { FetchError } from 'node-fetch';

export interface HttpCall {
  readonly method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Until the whole answer has been read. */
  readonly timeoutMs: number;
  /** The limit of the decompressed body of the answer. */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case: the values of a header in the order in which they were sent. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: string;
}

/** There is no complete answer. The message is only the code, since a URL may contain an address or a secret. */
export class NoWholeAnswer extends Error {
  override readonly name = 'NoWholeAnswer';
  /** `TIMEOUT`, `TOO_LARGE`, `UNKNOWN_ENCODING`, or a code of the network or of zlib, such as `ECONNREFUSED`. */
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const CONNECTIONS = { keepAlive: true, maxSockets: 32 };
const httpAgent = new HttpAgent(CONNECTIONS);
const httpsAgent = new HttpsAgent(CONNECTIONS);

/** The encodings that node-fetch decodes; it returns the raw bytes of any other encoding. */
const ENCODINGS = ['identity', 'gzip', 'x-gzip', 'deflate', 'x-deflate', 'br'];

/**
 * Sends one request over a kept connection and reads the whole answer. Redirects are not followed.
 * @throws {NoWholeAnswer}
 */
export async function callHttp(url: string, call: HttpCall): Promise<HttpAnswer> {
  const { method, body, timeoutMs, maxBytes } = call;
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: { ...call.headers },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      size: maxBytes,
      signal: aborter.signal,
      agent: ({ protocol }) => (protocol === 'https:' ? httpsAgent : httpAgent),
    });
    const headers = response.headers.raw();
    const encoding = headers['content-encoding']?.join(', ') ?? 'identity';
    if (!ENCODINGS.includes(encoding)) throw new NoWholeAnswer('UNKNOWN_ENCODING');
    return { status: response.status, headers, body: await response.text() };
  } catch (error) {
    // Otherwise the connection would continue to receive the unread body.
    aborter.abort();
    throw toNoWholeAnswer(error);
  } finally {
    clearTimeout(timer);
  }
}

function toNoWholeAnswer(error: unknown): NoWholeAnswer {
  if (error instanceof NoWholeAnswer) return error;
  if (!(error instanceof Error)) return new NoWholeAnswer('unknown');
  if (error.name === 'AbortError') return new NoWholeAnswer('TIMEOUT');
  if (error instanceof FetchError && error.type === 'max-size') return new NoWholeAnswer('TOO_LARGE');
  return new NoWholeAnswer('code' in error && error.code ? String(error.code) : error.name);
}
