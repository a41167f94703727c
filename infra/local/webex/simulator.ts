import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, NOT_FOUND, toError } from './answer.ts';
import { createApi } from './api.ts';
import { type Controls, control } from './control-routes.ts';
import { createFaults } from './faults.ts';
import type { Organization } from './organization.ts';
import { createRateLimiter } from './rate-limit.ts';
import { createRequestLog } from './request-log.ts';
import { seedOrganization } from './seed.ts';
import { createTokens } from './tokens.ts';

export interface SimulatorOptions {
  /** 0 is any free port. */
  readonly port?: number;
  readonly token?: string;
  readonly createOrganization?: () => Organization;
  /** Before each answer. */
  readonly latencyMs?: number;
}

/** The Webex licenses API on this machine. */
export interface WebexSimulator extends Controls {
  readonly url: string;
  /** What a client takes for `https://webexapis.com/v1`. */
  readonly apiUrl: string;
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 1_048_576;

export async function startWebexSimulator(options: SimulatorOptions = {}): Promise<WebexSimulator> {
  const {
    port = 0,
    token = 'local-admin-token',
    createOrganization = seedOrganization,
    latencyMs = 0,
  } = options;
  const now = () => new Date();
  const faults = createFaults();
  const log = createRequestLog();
  const tokens = createTokens(token, now);
  let organization = createOrganization();
  let limiter: (() => number | undefined) | undefined;

  const toAnswer = createApi({ organization: () => organization, faults, tokens, limit: () => limiter?.() });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', simulator.url);
    const method = request.method ?? 'GET';
    const text = await readText(request);
    const body = toJson(text);
    if (url.pathname.startsWith('/control/')) {
      return send(response, control(simulator, method, url.pathname, body) ?? NOT_FOUND, randomUUID());
    }
    const { authorization, trackingid } = request.headers;
    const path = url.pathname.replace(/^\/v1/, '');
    const asked = { method, path, url, authorization, text, body };
    const recorded = {
      at: now().toISOString(),
      method,
      path,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      ),
      body,
    };
    if (latencyMs > 0) await delay(latencyMs);
    const answer = url.pathname.startsWith('/v1/') ? await toAnswer(asked) : NOT_FOUND;
    log.add({ ...recorded, status: typeof answer === 'string' ? undefined : answer.status });
    if (answer === 'reset') return void request.socket.destroy();
    if (answer === 'hang') return;
    // Live servers echo the id twice, with a comma between.
    const id = [trackingid].flat()[0];
    send(response, answer, id ? `${id}, ${id}` : `SIM_${randomUUID()}`);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: Error) =>
      send(response, toError(500, error.message), randomUUID()),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const simulator: WebexSimulator = {
    url,
    apiUrl: `${url}/v1`,
    organization: () => organization,
    requests: log.read,
    clearRequests: log.clear,
    script: faults.script,
    clearFaults: faults.clear,
    limitRate: (limit) => {
      limiter = limit && createRateLimiter(limit, now);
    },
    revokeTokens: tokens.revoke,
    reset() {
      organization = createOrganization();
      faults.clear();
      log.clear();
      tokens.reset();
      limiter = undefined;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return simulator;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined for what is not JSON: a form, for one. */
function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer, trackingId: string): void {
  const isText = typeof body === 'string';
  const content = isText ? body : JSON.stringify(isError(body) ? { ...body, trackingId } : body);
  response.writeHead(status, { 'content-type': 'application/json', trackingid: trackingId, ...headers });
  response.end(content);
}

const isError = (body: unknown): body is object =>
  typeof body === 'object' && body !== null && 'errors' in body;
