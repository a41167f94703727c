import { once } from 'node:events';
import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { Forward } from './supervisor.ts';

/** Of one connection, and not of the request. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'expect', 'te', 'trailer', 'upgrade', 'proxy-connection'];
/** How long the rest of a body is let pass by that was answered before its end, as Kestrel does. */
const DRAIN_MS = 5_000;
const IDLE_CONNECTION_MS = 2_000;
/** The app says `localhost`, and listens on all addresses: a look-up for each connection would go through four threads. */
const WORKER_ADDRESS = '127.0.0.1';

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

interface Options {
  /** What was read of the body already; undefined where it is to be streamed. */
  readonly body: Buffer | undefined;
  readonly maxBodyBytes: number;
  readonly idleMs: number;
}

export interface Forwarder {
  /** Rejects with {BodyTooLarge}, or where the app does not answer in full. */
  to(incoming: IncomingMessage, response: ServerResponse, options: Options): Forward;
  stop(): void;
}

/**
 * Forwards requests to the HTTP server that an app has which streams, as the real host does: the request as it came,
 * with the invocation that it is for. The answer goes back byte by byte.
 */
export function createForwarder(): Forwarder {
  // Idle connections end before the app's server ends them, which is after 5 s.
  const agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  return {
    to: (incoming, response, options) => (httpUri, invocationId) =>
      forward(agent, { httpUri, invocationId }, incoming, response, options),
    stop: () => agent.destroy(),
  };
}

async function forward(
  agent: Agent,
  { httpUri, invocationId }: { readonly httpUri: string; readonly invocationId: string },
  incoming: IncomingMessage,
  response: ServerResponse,
  { body, maxBodyBytes, idleMs }: Options,
): Promise<void> {
  const { port } = new URL(httpUri);
  const outgoing = request({
    ...{ agent, hostname: WORKER_ADDRESS, port, path: incoming.url, method: incoming.method },
    headers: {
      ...withoutHops(incoming.headers),
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': incoming.headers.host ?? 'localhost',
      'x-forwarded-proto': 'http',
    },
  });
  outgoing.on('error', () => {});
  outgoing.setTimeout(idleMs, () => outgoing.destroy(new Error(`nothing came for ${idleMs / 1_000} s`)));
  // The caller went away: so does what is forwarded.
  response.once('close', () => {
    if (!response.writableFinished) outgoing.destroy(new Error('the caller has gone'));
  });
  if (body === undefined) stream(incoming, outgoing, maxBodyBytes);
  else outgoing.end(body);
  const [answer]: IncomingMessage[] = await once(outgoing, 'response');
  if (answer === undefined) throw new Error('the app did not answer');
  response.writeHead(answer.statusCode ?? 500, withoutHops(answer.headers));
  const answered = once(answer, 'close');
  answer.pipe(response);
  answer.on('error', () => response.destroy());
  await answered;
  if (!answer.complete) throw new Error('the app broke off its answer');
  if (body !== undefined || incoming.complete) return;
  // Answered before the end of the body: the app reads no more of it.
  outgoing.destroy();
  drop(incoming);
}

/** Lets a body pass byte by byte, up to the limit. */
function stream(incoming: IncomingMessage, outgoing: ReturnType<typeof request>, maxBytes: number): void {
  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) outgoing.destroy(new BodyTooLarge());
  });
  incoming.on('error', (error) => outgoing.destroy(error));
  incoming.pipe(outgoing);
}

/** The rest of a body that is not wanted any more: for a while it passes by, so that its sender can read the answer. */
export function drop(incoming: IncomingMessage): void {
  incoming.unpipe();
  incoming.resume();
  const timer = setTimeout(() => incoming.destroy(), DRAIN_MS).unref();
  incoming.once('close', () => clearTimeout(timer));
}

const withoutHops = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
