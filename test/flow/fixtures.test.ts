import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import * as z from 'zod';
import { type LocalHost, startHost } from '../../infra/local/host/host.ts';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { FINAL_STATES, OPEN_STATES } from '../../src/requests/record/states.ts';
import { loadStorage, readRecords, unpackApp } from '../fixtures/load.ts';
import { createParts } from '../parts.ts';
import { takeAzurite } from '../worker-azurite.ts';

/** What an earlier version wrote, read by this one; and that version itself, on the same storage. */
const VERSION = '0.1.0';
const KEY = 'fixtures-key';
let current: LocalHost;
let earlier: LocalHost;

const started = createParts();
beforeAll(async () => {
  const azurite = await takeAzurite();
  await loadStorage(VERSION, azurite.connectionString);
  const earlierFolder = await mkdtemp(join(tmpdir(), 'seatline-fixtures-'));
  await started(Promise.resolve({ stop: () => rm(earlierFolder, { recursive: true, force: true }) }));
  await unpackApp(VERSION, earlierFolder);
  // Only reading: no message is taken and no timer runs.
  const idle = ['perform-license-request', 'record-poison-message', 'apply-hr-event', 'sweep']
    .concat('record-poison-hr-event', 'work-on-inventory-run', 'publish-inventory')
    .map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']);
  const settings = {
    ...Object.fromEntries(idle),
    AzureWebJobsStorage: azurite.connectionString,
    WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
    HR_SOURCES: LOCAL_HR_SOURCES,
    INVENTORY_SCHEDULE: '0 0 5 1 1 *',
    SWEEP_SCHEDULE: '0 0 5 1 1 *',
  };
  const start = (appDirectory: string) =>
    started(startHost({ appDirectory, settings, keys: { master: 'fixtures-master', host: KEY } }));
  current = await start(fileURLToPath(new URL('../..', import.meta.url)));
  earlier = await start(earlierFolder);
});

async function read(host: LocalHost, path: string) {
  const response = await fetch(`${host.url}/api/${path}`, { headers: { 'x-functions-key': KEY } });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const pageSchema = z.object({
  items: z.array(z.object({ requestId: z.string(), state: z.string() })),
  next: z.string().optional(),
  unreadable: z.number().default(0),
});

/** The ids of all requests in any state, and how many rows could not be read. */
async function listAll(host: LocalHost) {
  const ids: string[] = [];
  let unreadable = 0;
  for (const state of [...OPEN_STATES, ...FINAL_STATES]) {
    for (let query: string | undefined = `?state=${state}`; query !== undefined; ) {
      const page = pageSchema.parse((await read(host, `license-requests${query}`)).body);
      ids.push(...page.items.map(({ requestId }) => requestId));
      unreadable += page.unreadable;
      query = page.next;
    }
  }
  return { ids: ids.sort(), unreadable };
}

const recordedIds = async () =>
  (await readRecords(VERSION, 'requests'))
    .flatMap(({ rowKey }) => /^[0-9a-f]{24}\.r\.(.+)$/.exec(rowKey)?.[1] ?? [])
    .sort();

test('every license request of version 0.1.0 is listed and read by this version', async () => {
  const ids = await recordedIds();
  expect(ids.length).toBeGreaterThan(40);
  expect(await listAll(current)).toEqual({ ids, unreadable: 0 });
  for (const id of ids) {
    const { status, body } = await read(current, `license-requests/${encodeURIComponent(id)}`);
    expect({ status, requestId: body.requestId }).toEqual({ status: 200, requestId: id });
  }
});

test('every HR event of version 0.1.0 is read by this version', async () => {
  const events = await readRecords(VERSION, 'hrEvents');
  expect(events.length).toBeGreaterThan(10);
  for (const { rowKey, state } of events) {
    const { status, body } = await read(current, `hr-events/${rowKey}`);
    expect({ status, state: body.state }).toEqual({ status: 200, state });
  }
});

test('a body that version 0.1.0 took with an Idempotency-Key makes no second request', async () => {
  const licenses = [{ license: 'Advanced Messaging', operation: 'add' }];
  const body = {
    requests: ['robin', 'john'].map((name) => ({ person: { email: `${name}@example.com` }, licenses })),
  };
  const headers = {
    'x-functions-key': KEY,
    'content-type': 'application/json',
    'idempotency-key': 'recorded-key-2',
  };
  const options = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${current.url}/api/license-requests`, options);
  expect(response.status).toBe(202);
  const { requests } = JSON.parse(await response.text());
  const ids = await recordedIds();
  for (const { requestId } of requests) expect(ids).toContain(requestId);
});

test('version 0.1.0 starts under the local host and reads what it wrote', async () => {
  expect((await listAll(earlier)).ids).toEqual(await recordedIds());
});
