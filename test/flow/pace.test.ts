import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTablePace } from '../../src/storage/table-pace.ts';
import { createWebexClient, type WebexClient } from '../../src/webex/client.ts';
import { WebexFailure } from '../../src/webex/failure.ts';
import { createPace } from '../../src/webex/pace/pacer.ts';
import { createPacedTransport } from '../../src/webex/paced-transport.ts';
import { createStaticToken } from '../../src/webex/tokens.ts';
import { createTransport } from '../../src/webex/transport.ts';
import { createParts } from '../parts.ts';
import { until } from './until.ts';

/** Three instances, on real storage, at one organization. */
let azurite: Azurite;
let simulator: WebexSimulator;
let instances: readonly WebexClient[];

const started = createParts();
beforeAll(async () => {
  [azurite, simulator] = await Promise.all([started(startAzurite()), started(startWebexSimulator())]);
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
    const store = createTablePace({ ...clients, table: (name) => clients.table(`${name}${suffix}`) });
    const pace = createPace({ store, clock, random: Math.random, sleep, instance });
    const { apiUrl } = simulator;
    const tokens = createStaticToken('local-admin-token');
    const transport = createTransport({ apiUrl, tokens, timeoutMs: 5_000, clock, newId: () => instance });
    return createWebexClient({ transport: createPacedTransport(transport, pace, clock), apiUrl, sleep });
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
    ['a time that is long', '7', 7_000],
    ['garbage', 'rand(30),add(30)', 1_000],
    ['nothing', undefined, 1_000],
  ])('pauses all of them, and nobody calls before its time: %s', async (_, retryAfter, pauseMs) => {
    const [first, ...others] = instances;
    if (!first) throw new Error('no instance');
    const effect = { kind: 'status' as const, status: 429, ...(retryAfter !== undefined && { retryAfter }) };
    simulator.script({ effect });
    await list(first);
    const limitedAtMs = Date.now();
    // They have to ask the store, and learn of it there.
    const said = await Promise.all([...others, first].map(list));
    if (pauseMs > 2_000) {
      for (const one of said) {
        expect(one).toMatchObject({ condition: 'rate-limited', status: undefined });
      }
      expect(simulator.requests()).toHaveLength(1);
    } else {
      // Where no time was named, one tries whether the pause is over, and the others wait for that.
      expect(said).toContain('listed');
      const next = Date.parse(simulator.requests()[1]?.at ?? '');
      expect(next - limitedAtMs).toBeGreaterThan(pauseMs - 100);
      for (const instance of instances) {
        await until('the call', async () => (await list(instance)) === 'listed' || undefined);
      }
    }
  });
});
