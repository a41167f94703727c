import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import type { HttpFunction } from './functions.ts';
import { BodyTooLarge, createForwarder, drop } from './http-forward.ts';
import { toHttpInput } from './http-request.ts';
import { answerWith } from './http-response.ts';
import { type AuthLevel, isAuthorized, type Keys } from './keys.ts';
import { matchTemplate } from './routes.ts';
import type { InvocationResponse, TypedData } from './rpc.ts';
import type { Forward } from './supervisor.ts';

export interface HttpServer {
  readonly url: string;
  /** Takes no more; returns once what is in flight is answered. */
  stop(): Promise<void>;
  /** Drops every connection, answered or not. */
  cut(): Promise<void>;
}

export interface HttpCall {
  readonly input: TypedData;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly traceParent: string | undefined;
  readonly traceState: string | undefined;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body?: unknown;
}

interface Options {
  readonly port: number;
  /** In the order in which their routes are tried. */
  readonly functions: readonly HttpFunction[];
  readonly keys: Keys;
  readonly maxBodyBytes: number;
  /** How long a forwarded request may go without a byte. */
  readonly forwardIdleMs: number;
  /** Whether the app takes its requests itself: they are forwarded to it then. */
  readonly isStreaming: boolean;
  readonly invoke: (
    fn: HttpFunction,
    call: HttpCall,
    forward: Forward | undefined,
  ) => Promise<InvocationResponse>;
  /** Answers `/admin/…`; undefined where it has no such route. */
  readonly admin: (method: string, pathname: string, body: string) => Promise<AdminAnswer | undefined>;
  readonly onEvent: (event: string, detail: string, functionName?: string) => void;
}

const addressSchema = z.object({ port: z.number() });

/**
 * Serves the HTTP functions with the host's routes, keys and answers: 401, 404, 413 and 500 have no body.
 * Rejects where the port is taken.
 */
export async function startHttpServer(options: Options): Promise<HttpServer> {
  const { functions, keys, maxBodyBytes, forwardIdleMs, isStreaming, invoke, admin, onEvent } = options;
  const forwarder = createForwarder();
  const inFlight = new Set<Promise<unknown>>();
  let isStopping = false;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const address = `http://${headers.host ?? 'localhost'}${request.url ?? '/'}`;
    if (!URL.canParse(address)) return end(response, 400);
    const url = new URL(address);
    const isAllowed = (level: AuthLevel) =>
      isAuthorized(
        level,
        { header: header(request, 'x-functions-key'), code: url.searchParams.get('code') },
        keys,
      );

    if (/^\/admin(\/|$)/i.test(url.pathname)) {
      const isPing = url.pathname === '/admin/host/ping';
      if (!isAllowed(isPing ? 'anonymous' : 'admin')) return end(response, 401);
      if (toLength(request) > maxBodyBytes) return refuse(response, 413);
      const answer = await admin(method, url.pathname, (await readBody(request))?.toString('utf8') ?? '');
      return end(response, answer?.status ?? 404, answer?.body);
    }
    const found = find(method, url.pathname);
    if (!found) return end(response, 404);
    const { fn, params } = found;
    if (!isAllowed(fn.authLevel)) return end(response, 401);
    if (toLength(request) > maxBodyBytes) return refuse(response, 413);

    // The host reads a body that says its length, for its members; one that does not is streamed, or dropped.
    const body = await readBody(request);
    const { http, metadata } = toHttpInput({ method, url, headers, params, body });
    const forward = isStreaming
      ? forwarder.to(request, response, { body, maxBodyBytes, idleMs: forwardIdleMs })
      : undefined;
    const call = {
      input: { http: forward ? {} : http },
      metadata,
      traceParent: header(request, 'traceparent'),
      traceState: header(request, 'tracestate'),
    };
    try {
      const { returnValue } = await invoke(fn, call, forward);
      if (!response.headersSent) answerWith(response, returnValue?.http);
    } catch (error) {
      // The caller never sees why.
      onEvent('request-failed', toMessage(error), fn.name);
      end(response, error instanceof BodyTooLarge ? 413 : 500);
      if (!request.complete) drop(request);
    }
  }

  function find(method: string, pathname: string) {
    for (const fn of functions) {
      if (!fn.route.methods.includes(method)) continue;
      const params = matchTemplate(fn.route.template, pathname);
      if (params) return { fn, params };
    }
    return undefined;
  }

  const server = createServer((request, response) => {
    if (isStopping) return refuse(response, 503);
    const closed = new Promise((resolve) => response.once('close', resolve));
    const served = serve(request, response)
      .catch((error: unknown) => {
        onEvent('request-failed', toMessage(error));
        end(response, 500);
      })
      .then(() => closed)
      .finally(() => inFlight.delete(served));
    inFlight.add(served);
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = addressSchema.parse(server.address());

  async function close(): Promise<void> {
    const closed = once(server, 'close');
    forwarder.stop();
    server.close();
    server.closeAllConnections();
    await closed;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      isStopping = true;
      await Promise.all(inFlight);
      if (server.listening) await close();
    },
    async cut() {
      isStopping = true;
      if (server.listening) await close();
    },
  };
}

const header = (request: IncomingMessage, name: string) => [request.headers[name]].flat()[0];

const toLength = (request: IncomingMessage) => Number(request.headers['content-length'] ?? 0);

/** The host looks at the length alone: a chunked body, which has none, is dropped. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (toLength(request) === 0) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function end(response: ServerResponse, status: number, body?: unknown): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Answers before the body is read, which nobody wants any more. */
function refuse(response: ServerResponse, status: number): void {
  response.setHeader('connection', 'close');
  end(response, status);
}

const toMessage = (error: unknown) => (error instanceof Error ? error.message : String(error));
