import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Azurite } from '../../infra/local/azurite.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTableLimitStore } from '../../src/storage/tables/rate-limit.ts';
import { createWebexClient, type WebexClient } from '../../src/webex/client.ts';
import { WebexFailure } from '../../src/webex/errors/failure.ts';
import { createRateLimitedTransport } from '../../src/webex/rate-limit/rate-limited-transport.ts';
import { createRateLimiter } from '../../src/webex/rate-limit/rate-limiter.ts';
import type { LimitStore } from '../../src/webex/rate-limit/shared-state.ts';
import { createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createTransport } from '../../src/webex/transport.ts';
import { createParts } from '../parts.ts';
import { takeAzurite } from '../worker-azurite.ts';
import { until } from './until.ts';

/** Three instances, on real storage, at one organization. */
let azurite: Azurite;
let simulator: WebexSimulator;
let instances: readonly WebexClient[];
let store: LimitStore;

const started = createParts();
beforeAll(async () => {
  [azurite, simulator] = await Promise.all([takeAzurite(), started(startWebexSimulator())]);
});
let tables = 0;
beforeEach(() => {
  simulator.reset();
  tables += 1;
  const suffix = tables;
  instances = ['a', 'b', 'c'].map((instance) => {
    const clock = () => new Date();
    const { connectionString } = azurite;
    const clients = createStorageClients({ kind: 'connection-string', connectionString });
    const table = (name: string) => clients.table(`${name}${suffix}`);
    store = createTableLimitStore({ ...clients, table }, { warn: () => {} });
    const limiter = createRateLimiter({ store, clock, random: Math.random, sleep, instance });
    const { apiUrl } = simulator;
    const tokens = createStaticToken('local-admin-token');
    const transport = createTransport({ apiUrl, tokens, timeoutMs: 5_000, clock, newId: () => instance });
    return createWebexClient({
      transport: createRateLimitedTransport(transport, limiter, clock),
      apiUrl,
      sleep,
    });
  });
});

const list = (webex: WebexClient) =>
  webex.licenses.list().then(
    () => 'listed',
    (error: unknown) => {
      if (error instanceof WebexFailure) return error;
      throw error;
    },
  );

describe('a 429 that one of three instances gets', () => {
  test.each([
    ['a time', '7', 7_000],
    ['garbage', 'rand(30),add(30)', 15_000],
    ['nothing', undefined, 15_000],
  ])('pauses all of them, for as long as it says, or for 15 s: %s', async (_, retryAfter, pauseMs) => {
    const [first, ...others] = instances;
    if (!first) throw new Error('no instance');
    const effect = { kind: 'status' as const, status: 429, ...(retryAfter !== undefined && { retryAfter }) };
    simulator.script({ effect });
    const beforeMs = Date.now();
    await list(first);
    await until('the pause in the store', async () =>
      ((await store.read())?.state?.pausedUntilMs ?? 0) > beforeMs ? true : undefined,
    );
    // The others have to ask the store, and learn of it there.
    const answers = await Promise.all([...others, first].map(list));
    for (const answer of answers) {
      expect(answer).toMatchObject({ condition: 'rate-limited', status: undefined });
      const { retryAfterMs = 0 } = answer as WebexFailure;
      expect(Date.now() - beforeMs + retryAfterMs).toBeGreaterThanOrEqual(pauseMs);
    }
    expect(simulator.requests()).toHaveLength(1);
  });
});
