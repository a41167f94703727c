import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { NOT_FOUND, toError } from './answer.ts';
import { createApi } from './api.ts';
import { type Controls, control } from './control-routes.ts';
import { createFaults } from './faults.ts';
import { parseJson, readText, send, toUrl } from './http-message.ts';
import type { Organization } from './organization.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';
import { createRequestLog } from './request-log.ts';
import { seedOrganization } from './seed.ts';
import { seedCustomers } from './seed-customers.ts';
import { createTokens } from './tokens.ts';

export interface SimulatorOptions {
  /** 0 is any free port. */
  readonly port?: number;
  readonly token?: string;
  readonly createOrganization?: () => Organization;
  /** What a partner's token reaches beside it. */
  readonly createCustomers?: () => readonly Organization[];
  /** From the start, and again after a reset. */
  readonly rateLimit?: RateLimit;
  /** Whether each refresh token is good for once, and the answer has the next. */
  readonly rotatesRefreshTokens?: boolean;
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

export async function startWebexSimulator(options: SimulatorOptions = {}): Promise<WebexSimulator> {
  const {
    port = 0,
    token = 'local-admin-token',
    createOrganization = seedOrganization,
    createCustomers = seedCustomers,
    rateLimit,
    rotatesRefreshTokens = false,
    latencyMs = 0,
  } = options;
  const now = () => new Date();
  const stopping = new AbortController();
  const wait = (delayMs: number) => delay(delayMs, undefined, { signal: stopping.signal });
  const toLimiter = (limit: RateLimit | undefined) => limit && createRateLimiter(limit, now);
  const faults = createFaults();
  const log = createRequestLog(now);
  const tokens = createTokens({ first: token, rotatesRefreshTokens, now });
  let organization = createOrganization();
  let customers = createCustomers();
  let missingScopes: ReadonlySet<string> = new Set();
  let limiter = toLimiter(rateLimit);

  const toAnswer = createApi({
    organizations: () => [organization, ...customers],
    faults,
    tokens,
    missingScopes: () => missingScopes,
    limit: () => limiter?.(),
    now,
    wait,
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = toUrl(request, simulator.url);
    const method = request.method ?? 'GET';
    const { authorization, trackingid } = request.headers;
    const [echoed] = [trackingid].flat();
    const trackingId = { id: echoed ?? `SIM_${randomUUID()}`, isEchoed: echoed !== undefined };
    const text = await readText(request);
    const body = parseJson(text);
    if (url.pathname.startsWith('/control/')) {
      const answer = control(simulator, { method, path: url.pathname, body, now: now() });
      return send(response, answer ?? NOT_FOUND, trackingId);
    }
    const path = url.pathname.replace(/^\/v1/, '');
    const headers = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
    const end = log.begin({
      method,
      path,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(headers),
      body,
    });
    if (latencyMs > 0) await wait(latencyMs);
    const isOfApi = url.pathname.startsWith('/v1/');
    const answer = isOfApi ? await toAnswer({ method, path, url, authorization, text, body }) : NOT_FOUND;
    end(typeof answer === 'string' ? undefined : answer.status);
    if (answer === 'reset') request.socket.destroy();
    else if (answer !== 'hang') send(response, answer, trackingId);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: Error) => {
      // Who waited for an answer when it stopped has been cut off.
      if (stopping.signal.aborted) return;
      send(response, toError(500, error.message), { id: `SIM_${randomUUID()}`, isEchoed: false });
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const simulator: WebexSimulator = {
    url,
    apiUrl: `${url}/v1`,
    organization: () => organization,
    organizations: () => [organization, ...customers],
    putCustomer(customer) {
      if (customer.id === organization.id) return false;
      customers = [...customers.filter(({ id }) => id !== customer.id), customer];
      return true;
    },
    requests: log.read,
    clearRequests: log.clear,
    script: faults.script,
    clearFaults: faults.clear,
    limitRate: (limit) => {
      limiter = toLimiter(limit);
    },
    withdrawScopes: (scopes) => {
      missingScopes = new Set(scopes);
    },
    revokeTokens: tokens.revoke,
    grantToken: tokens.grant,
    reset() {
      organization = createOrganization();
      customers = createCustomers();
      faults.clear();
      log.clear();
      tokens.reset();
      missingScopes = new Set();
      limiter = toLimiter(rateLimit);
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      stopping.abort();
      await closed;
    },
  };
  return simulator;
}
