import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import * as z from 'zod';
import { startAzurite } from '../../infra/local/azurite.ts';
import { type LocalHost, startHost } from '../../infra/local/host/host.ts';
import { provision } from '../../infra/local/provision.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY, LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createAppDirectory } from '../chaos/cluster.ts';
import { createParts } from '../parts.ts';
import { QUICK } from './start-app.ts';
import { until } from './until.ts';

/** Two instances of the built app on one storage: the clock of the second one's machine is 20 s ahead. */
const AHEAD_MS = 20_000;
const LICENSE = 'Advanced Messaging';
const DEADLINE_MS = 120_000;
let simulator: WebexSimulator;
let right: LocalHost;
let ahead: LocalHost;

const started = createParts();
beforeAll(async () => {
  const appDirectory = await mkdtemp(join(tmpdir(), 'seatline-clocks-'));
  await started(Promise.resolve({ stop: () => rm(appDirectory, { recursive: true, force: true }) }));
  await createAppDirectory(appDirectory);
  const { connectionString } = await started(startAzurite());
  await provision(connectionString, 'version: 1');
  simulator = await started(startWebexSimulator({ token: LOCAL_TOKEN }));
  const settings = {
    AzureWebJobsStorage: connectionString,
    WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
    WEBEX_API_URL: simulator.apiUrl,
    INVENTORY_SCHEDULE: '0 0 5 1 1 *',
    SWEEP_SCHEDULE: '0 0 5 1 1 *',
  };
  const host = { appDirectory, timing: QUICK, keys: { master: LOCAL_MASTER_KEY, host: LOCAL_FUNCTION_KEY } };
  right = await started(startHost({ ...host, settings }));
  const preload = new URL('../clock-ahead.mjs', import.meta.url).href;
  const skewed = { NODE_OPTIONS: `--import=${preload}`, CLOCK_AHEAD_MS: `${AHEAD_MS}` };
  ahead = await started(startHost({ ...host, settings: { ...settings, ...skewed } }));
});

const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
const healthSchema = z.object({
  dependencies: z.object({ clock: z.object({ ok: z.boolean(), detail: z.string() }) }),
});
const requestSchema = z.looseObject({
  state: z.string(),
  acceptedAt: z.coerce.date(),
  history: z.array(z.object({ state: z.string() })),
});

async function readClock({ url }: LocalHost) {
  const response = await fetch(`${url}/api/health/dependencies`, { headers });
  return { status: response.status, ...healthSchema.parse(await response.json()).dependencies.clock };
}

async function ask({ url }: LocalHost, requestId: string, operation: 'add' | 'remove') {
  const body = {
    requestId,
    person: { email: 'ada@example.com' },
    licenses: [{ license: LICENSE, operation }],
  };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  expect((await fetch(`${url}/api/license-requests`, init)).status).toBe(202);
}

const ended = (requestId: string) =>
  until(
    `the end of ${requestId}`,
    async () => {
      const response = await fetch(`${right.url}/api/license-requests/${requestId}`, { headers });
      const request = requestSchema.parse(await response.json());
      return ['succeeded', 'superseded', 'partial', 'failed'].includes(request.state) ? request : undefined;
    },
    DEADLINE_MS,
  );

test('the instance whose clock is wrong says so, and the other one does not', async () => {
  expect(await readClock(right)).toMatchObject({ status: 200, ok: true });
  expect(await readClock(ahead)).toMatchObject({
    status: 503,
    ok: false,
    detail: expect.stringMatching(/^clock-skewed: this instance's clock is (19|20|21) s ahead of storage/),
  });
});

test('what the instance whose clock is wrong takes is done once, by the other one, and in the order in which it came', async () => {
  addPerson(simulator.organization(), { email: 'ada@example.com' });
  const before = Date.now();
  await ask(ahead, 'clock-add', 'add');
  const added = await ended('clock-add');
  await ask(right, 'clock-remove', 'remove');
  const removed = await ended('clock-remove');
  await ask(ahead, 'clock-again', 'add');
  const again = await ended('clock-again');

  for (const { state, acceptedAt, history } of [added, removed, again]) {
    expect(state).toBe('succeeded');
    expect(history.map((event) => event.state)).toEqual(['accepted', 'working', 'succeeded']);
    expect(acceptedAt.getTime()).toBeGreaterThanOrEqual(before - 1);
    expect(acceptedAt.getTime()).toBeLessThanOrEqual(Date.now() + 1);
  }
  const changes = simulator.requests().filter(({ method }) => method === 'PATCH');
  expect(changes).toHaveLength(3);
}, 300_000);
