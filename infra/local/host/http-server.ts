import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpFunction } from './functions.ts';
import { isAuthorized, type Keys } from './keys.ts';
import { matchTemplate } from './routes.ts';
import type { InvocationResponse, RpcCookie, RpcHttp, TypedData } from './rpc.ts';
import { toBodyMembers } from './trigger-metadata.ts';

export type InvokeHttp = (
  fn: HttpFunction,
  input: TypedData,
  metadata: Readonly<Record<string, unknown>>,
  traceParent: string | undefined,
) => Promise<InvocationResponse>;

export interface HttpServer {
  readonly url: string;
  stop(): Promise<void>;
}

interface Options {
  readonly port: number;
  readonly functions: readonly HttpFunction[];
  readonly keys: Keys;
  readonly invoke: InvokeHttp;
  /** Answers `/admin/…`; false where it has no such route. */
  readonly admin: (
    request: IncomingMessage,
    url: URL,
    body: () => Promise<Buffer>,
  ) => Promise<AdminAnswer | undefined>;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** The real host's limit. Source: FUNCTIONS_REQUEST_BODY_SIZE_LIMIT */
const MAX_BODY_BYTES = 210_000_000;

/** Serves the HTTP functions with the host's routes, keys and answers: 401, 404, 500 and 204 have no body. */
export async function startHttpServer(options: Options): Promise<HttpServer> {
  const { functions, keys, invoke, admin, onEvent } = options;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
    if (/^\/admin(\/|$)/i.test(url.pathname)) {
      const key = { header: header(request, 'x-functions-key'), code: url.searchParams.get('code') };
      if (url.pathname !== '/admin/host/ping' && !isAuthorized('admin', key, keys)) return end(response, 401);
      const answer = await admin(request, url, () => readBody(request));
      return end(response, answer?.status ?? 404, answer?.body);
    }
    const found = find(request.method ?? 'GET', url.pathname);
    if (!found) return end(response, 404);
    const { fn, params } = found;
    const given = { header: header(request, 'x-functions-key'), code: url.searchParams.get('code') };
    if (!isAuthorized(fn.authLevel, given, keys)) return end(response, 401);
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return end(response, 413);

    const body = await readBody(request);
    const query = Object.fromEntries(url.searchParams);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    const { code: _code, ...facts } = query;
    const metadata = {
      ...toBodyMembers(body.toString('utf8')),
      ...facts,
      ...params,
      Query: query,
      Headers: headers,
    };
    const http: RpcHttp = {
      method: request.method ?? 'GET',
      url: url.href,
      nullableHeaders: toNullable(headers),
      nullableQuery: toNullable(query),
      nullableParams: toNullable(params),
      // The host looks at the length alone: a chunked body without one is dropped.
      ...(Number(headers['content-length'] ?? 0) > 0 && { body: { bytes: body } }),
    };
    try {
      const { returnValue } = await invoke(fn, { http }, metadata, header(request, 'traceparent'));
      answerWith(response, returnValue?.http);
    } catch (error) {
      // The caller never sees why.
      onEvent('request-failed', error instanceof Error ? error.message : String(error), fn.name);
      end(response, 500);
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
    serve(request, response).catch((error: unknown) => {
      onEvent('request-failed', error instanceof Error ? error.message : String(error), 'host');
      if (!response.headersSent) end(response, 500);
    });
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

const header = (request: IncomingMessage, name: string) => [request.headers[name]].flat()[0];

const toNullable = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is over the limit of the host.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function end(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function answerWith(response: ServerResponse, http: RpcHttp | undefined): void {
  if (!http) {
    end(response, 204);
    return;
  }
  const cookies = http.cookies?.map(toSetCookie) ?? [];
  response.writeHead(Number(http.statusCode || 200), {
    ...http.headers,
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  });
  const { bytes, string } = http.body ?? {};
  response.end(bytes ? Buffer.from(bytes) : (string ?? ''));
}

function toSetCookie({ name, value, path, domain, maxAge, secure, httpOnly }: RpcCookie): string {
  return [
    `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    // ASP.NET's default.
    `path=${path?.value ?? '/'}`,
    ...(domain ? [`domain=${domain.value}`] : []),
    ...(maxAge ? [`max-age=${maxAge.value}`] : []),
    ...(secure?.value ? ['secure'] : []),
    ...(httpOnly?.value ? ['httponly'] : []),
  ].join('; ');
}
