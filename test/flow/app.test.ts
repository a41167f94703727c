import { readdir, readFile } from 'node:fs/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { startHost } from '../../infra/local/host/host.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY, LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { requestSchema, type ShownRequest } from '../../src/cli/request-text.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { encodeWorkMessage } from '../../src/requests/queue-message.ts';
import { acceptRequest, toRequestId } from '../../src/requests/record/accept.ts';
import { moveRequest } from '../../src/requests/record/record.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { toWebexId } from '../../src/webex/webex-id.ts';
import { createParts } from '../parts.ts';
import { type AppStack, QUICK, startApp } from './start-app.ts';
import { until } from './until.ts';

/** The built app under the local host, on real storage and the simulator. */
let stack: AppStack;
let simulator: WebexSimulator;
const logged: string[] = [];
const OTHER_ORG = toWebexId('ORGANIZATION', '5a1c0b9e-0f4e-4c7e-9d57-0d1f6f3a2b10');
const settings = {
  RETRY_BASE_SECONDS: '1',
  PERSON_NOT_FOUND_DELAYS_SECONDS: '1',
  WEBEX_ORG_IDS: OTHER_ORG,
};

const started = createParts();
beforeAll(async () => {
  stack = await started(startApp({ settings, onLog: ({ message }) => logged.push(message) }));
  simulator = stack.simulator;
}, 60_000);
beforeEach(() => simulator.reset());

const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
const json = { ...key, 'content-type': 'application/json' };
const post = async (body: unknown, headers: Record<string, string> = json, url = stack.apiUrl) => {
  const text = typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body);
  const response = await fetch(`${url}/license-requests`, { method: 'POST', headers, body: text });
  const answer = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: answer ? JSON.parse(answer) : undefined,
  };
};
const get = async (requestId: string, headers: Record<string, string> = key) => {
  const response = await fetch(`${stack.apiUrl}/license-requests/${requestId}`, { headers });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag') ?? '',
    body: text ? JSON.parse(text) : undefined,
  };
};
const callStorage = (requestId: string, ...states: string[]): Promise<ShownRequest> =>
  until(`${requestId} in ${states}`, async () => {
    const { status, body } = await get(requestId);
    return status === 200 && states.includes(body.state) ? requestSchema.parse(body) : undefined;
  });
const run = (name: string) =>
  fetch(`${stack.host.url}/admin/functions/${name}`, {
    method: 'POST',
    headers: { 'x-functions-key': LOCAL_MASTER_KEY },
    body: '{}',
  });
const queue = (name: string = QUEUES.licenseRequests) =>
  QueueServiceClient.fromConnectionString(stack.azurite.connectionString).getQueueClient(name);
const requestStore = () =>
  createTableRequestStore(
    createStorageClients({ kind: 'connection-string', connectionString: stack.azurite.connectionString }),
    86_400_000,
  );
const patches = () => simulator.requests().filter(({ method }) => method === 'PATCH');
/** Of requests that name no other license: how often Webex was asked to change this person. */
const patchesOf = (email: string) =>
  patches().filter(({ body }) => JSON.stringify(body).includes(`"${email}"`)).length;
const wants = (requestId: string | undefined, email = 'ada@example.com', more: object = {}) => ({
  ...(requestId && { requestId }),
  person: { email },
  licenses: [{ license: 'Advanced Messaging' }],
  ...more,
});

describe('a license request over HTTP', () => {
  test('is accepted, performed, and shown with its history', async () => {
    const accepted = await post(wants('http-1'));
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('location')).toBe('/api/license-requests/http-1');
    expect(accepted.headers.get('retry-after')).toBe('2');
    const done = await callStorage('http-1', 'succeeded');
    expect(done.results).toMatchObject([
      { license: 'Advanced Messaging', operation: 'add', result: 'assigned' },
    ]);
    expect(done.history.map(({ state }) => state)).toEqual(['accepted', 'working', 'succeeded']);
    expect(done.attempts).toBe(1);
  });

  test('is kept by no cache that several callers share, nor is an answer that it is not there', async () => {
    await post(wants('http-cached'));
    await callStorage('http-cached', 'succeeded');
    const keptBy = async (path: string) =>
      (await fetch(`${stack.apiUrl}/${path}`, { headers: key })).headers.get('cache-control');
    expect(await keptBy('license-requests/http-cached')).toBe('private, no-cache');
    for (const path of [
      'license-requests?person=ada@example.com',
      'license-requests/nobody-asked',
      'hr-events?state=applied',
      'hr-events/none',
      'inventory/runs/none',
    ])
      expect([path, await keptBy(path)]).toEqual([path, 'no-store']);
  });

  test('is answered 304 while it has not moved', async () => {
    await post(wants('http-etag'));
    await callStorage('http-etag', 'succeeded');
    const { etag } = await get('http-etag');
    expect((await get('http-etag', { ...key, 'if-none-match': etag })).status).toBe(304);
    expect((await get('http-etag', { ...key, 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('comes in a batch, which is taken whole or not at all', async () => {
    const refused = await post({ requests: [wants('batch-1'), { person: {} }, wants('batch-1')] });
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
      expect.arrayContaining(['/requests/1/person', '/requests/1/licenses']),
    );
    expect((await get('batch-1')).status).toBe(404);
    const accepted = await post({ requests: [wants('batch-1'), wants(undefined, 'vint@example.com')] });
    expect(accepted.status).toBe(202);
    for (const { requestId } of accepted.body.requests) await callStorage(requestId, 'succeeded');
  });

  test.each<[string, unknown, Record<string, string>, number]>([
    ['without a key', wants('no'), { 'content-type': 'application/json' }, 401],
    ['of another content type', wants('no'), { ...key, 'content-type': 'text/plain' }, 415],
    ['with a content encoding', wants('no'), { ...json, 'content-encoding': 'gzip' }, 415],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), json, 415],
    ['that is not JSON', '{"person"', json, 400],
    ['that is an array', [wants('no')], json, 400],
    ['with an empty batch', { requests: [] }, json, 400],
    ['over 1 MiB', `"${'x'.repeat(1_048_576)}"`, json, 413],
    [
      'for an organization that is not allowed',
      wants('no', 'ada@example.com', { orgId: 'other' }),
      json,
      400,
    ],
    ['with an odd Idempotency-Key', wants('no'), { ...json, 'idempotency-key': 'a b' }, 400],
  ])('%s is refused, and nothing is kept', async (_what, body, headers, status) => {
    expect((await post(body, headers)).status).toBe(status);
    expect((await get('no')).status).toBe(404);
  });

  test('sent again with its Idempotency-Key is the same one; with another body it is refused', async () => {
    const headers = { ...json, 'idempotency-key': 'key-1' };
    const first = await post({ requests: [wants(undefined), wants(undefined, 'vint@example.com')] }, headers);
    const again = await post({ requests: [wants(undefined), wants(undefined, 'vint@example.com')] }, headers);
    for (const { requestId } of first.body.requests) await callStorage(requestId, 'succeeded');
    const idsOf = ({ body }: typeof first) =>
      body.requests.map(({ requestId }: { requestId: string }) => requestId);
    expect(idsOf(again)).toEqual(idsOf(first));
    const other = await post({ requests: [wants(undefined)] }, headers);
    expect(other).toMatchObject({
      status: 422,
      body: { type: 'urn:seatline:problem:idempotency-key-conflict' },
    });
  });

  test('sent again with its requestId is performed once; with another content it is refused', async () => {
    const request = wants('again', 'sophie@example.com');
    await post(request);
    expect((await post(request)).status).toBe(202);
    await callStorage('again', 'succeeded');
    expect((await post(request)).body.state).toBe('succeeded');
    const other = await post(wants('again', 'grace@example.com'));
    expect(other).toMatchObject({ status: 422, body: { errors: [{ pointer: '/requestId' }] } });
    expect(patchesOf('sophie@example.com')).toBe(1);
  });
});

describe('a message on the queue', () => {
  test('is a license request, as plain JSON and as base64, and delivered twice it is one', async () => {
    const text = JSON.stringify({ version: 1, ...wants('drop-1', 'robin@example.com') });
    for (const message of [text, Buffer.from(text).toString('base64'), text])
      await queue().sendMessage(message);
    await callStorage('drop-1', 'succeeded');
    await until('an empty queue', async () => {
      const { approximateMessagesCount } = await queue().getProperties();
      return approximateMessagesCount === 0 || undefined;
    });
    expect(patchesOf('robin@example.com')).toBe(1);
  });

  test('without a requestId gets one', async () => {
    const message = wants(undefined);
    const { messageId } = await queue().sendMessage(JSON.stringify(message));
    await callStorage(toRequestId(messageId, JSON.stringify(message)), 'succeeded');
  });

  test.each([
    ['that is no JSON', 'give Ada a license', 'invalid-message'],
    ['that is a number', '89e7073266', 'invalid-message'],
    [
      'with a mistake',
      '{"version":1,"person":{"email":"x"},"licenses":[{"license":"y"}]}',
      'invalid-message',
    ],
    [
      'for another organization',
      JSON.stringify(wants(undefined, 'ada@example.com', { orgId: 'o' })),
      'invalid-message',
    ],
  ])('%s is a dead letter at once, with its text and the reason', async (_what, text, condition) => {
    const { messageId } = await queue().sendMessage(text);
    // The library hands digits over as a number: of those, the text is what that number is.
    const kept = text === '89e7073266' ? 'Infinity' : text;
    const dead = await callStorage(toRequestId(messageId, kept), 'failed');
    expect(dead).toMatchObject({ failure: { condition }, original: kept, attempts: 0 });
  });

  test('with the id of another request is a dead letter, and that one stays as it is', async () => {
    await post(wants('taken'));
    await callStorage('taken', 'succeeded');
    const text = JSON.stringify(wants('taken', 'vint@example.com'));
    const { messageId } = await queue().sendMessage(text);
    await callStorage(toRequestId(messageId, text), 'failed');
    expect((await get('taken')).body.request.person.email).toBe('ada@example.com');
  });

  test('that the host gave up on is taken up again, and what it was once is not recorded twice', async () => {
    const request = licenseRequestSchema.parse(wants('given-up', 'ada@example.com'));
    const record = acceptRequest('given-up', request, { at: new Date(), instance: 'test' });
    await requestStore().add([record]);
    const { messageId } = await queue().sendMessage('nothing known');
    await callStorage(toRequestId(messageId, 'nothing known'), 'failed');
    const poison = queue(QUEUES.licenseRequestsPoison);
    await poison.createIfNotExists();
    const { messageId: copyId } = await poison.sendMessage('nothing known');
    await poison.sendMessage(encodeWorkMessage([record]));
    await poison.sendMessage(JSON.stringify(wants('never-read')));
    await run('sweep');
    for (const id of ['given-up', 'never-read'])
      expect((await callStorage(id, 'waiting')).waiting?.for).toBe('host-gave-up');
    await until('an empty poison queue', async () => {
      const { approximateMessagesCount } = await poison.getProperties();
      return approximateMessagesCount === 0 || undefined;
    });
    expect((await get(toRequestId(copyId, 'nothing known'))).status).toBe(404);
  });
});

describe('what the host gave up on', () => {
  test.each([
    ['arrays', 20_000, '[', ']'],
    ['objects', 8_000, '{"a":', '}'],
  ])('is a dead letter with its text where it is %s nested %i deep', async (_what, depth, open, close) => {
    const text = `{"due":${open.repeat(depth)}1${close.repeat(depth)}}`;
    const poison = queue(QUEUES.licenseRequestsPoison);
    await poison.createIfNotExists();
    const { messageId } = await poison.sendMessage(text);
    await run('sweep');
    const dead = await callStorage(toRequestId(messageId, text), 'failed');
    expect(dead).toMatchObject({ failure: { condition: 'invalid-message' }, original: text });
  });

  test('is left in no queue, whichever function it was for', async () => {
    const files = await readdir('functions');
    const sources = await Promise.all(files.map((file) => readFile(`functions/${file}`, 'utf8')));
    const listened = sources.flatMap((source) => /queueName: QUEUES\.(\w+)/.exec(source)?.[1] ?? []);
    expect(listened.length).toBeGreaterThan(2);
    const names = listened.map((key) => `${QUEUES[key as keyof typeof QUEUES]}-poison`);
    for (const name of names) {
      const poison = queue(name);
      await poison.createIfNotExists();
      await poison.sendMessage('{"runId":"r","eventKeys":["k"],"version":1}');
    }
    await run('sweep');
    for (const name of names)
      await until(`an empty ${name}`, async () => {
        const { approximateMessagesCount } = await queue(name).getProperties();
        return approximateMessagesCount === 0 || undefined;
      });
  });
});

describe('a request that must wait', () => {
  test('for the rate limit says so, and counts no attempt', async () => {
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 429, retryAfter: '1' } });
    await post(wants('limited'));
    const done = await callStorage('limited', 'succeeded');
    expect(done.attempts).toBe(1);
    expect(done.history.map(({ state, detail }) => detail ?? state)).toEqual([
      'accepted',
      'working',
      'rate-limited',
      'working',
      'succeeded',
    ]);
  });

  test('for the rate limit holds back the others, and Webex is not called before its time', async () => {
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 429, retryAfter: '2' } });
    await post(wants('first-limited', 'vint@example.com'));
    await callStorage('first-limited', 'waiting');
    const limitedAt = Date.parse(simulator.requests().at(-1)?.at ?? '');
    await post(wants('next-limited', 'robin@example.com'));
    const next = await callStorage('next-limited', 'succeeded');
    expect(next.history.map(({ detail }) => detail)).toContain('rate-limited: not sent');
    const then = simulator.requests().find(({ at }) => Date.parse(at) > limitedAt);
    expect(Date.parse(then?.at ?? '') - limitedAt).toBeGreaterThanOrEqual(1_990);
  });

  test('for a person who appears late is performed when Webex knows the person', async () => {
    addPerson(simulator.organization(), { email: 'late@example.com', unknownLooks: 4 });
    await post(wants('late', 'late@example.com'));
    const done = await callStorage('late', 'succeeded');
    expect(done.attempts).toBe(1);
    const waits = done.history.filter(({ detail }) => detail === 'person-not-found');
    expect(waits).toMatchObject([{ count: 2 }]);
  });

  test('because Webex refuses one person holds back no other, and is performed once that is mended', async () => {
    simulator.script({
      email: 'robin@example.com',
      method: 'PATCH',
      times: 2,
      effect: { kind: 'status', status: 403 },
    });
    await post(wants('refused-person', 'robin@example.com'));
    const { waiting } = await callStorage('refused-person', 'waiting');
    expect(waiting).toMatchObject({ for: 'permission-missing', detail: expect.stringContaining('scopes') });
    await post(wants('beside-refused', 'vint@example.com'));
    expect((await callStorage('beside-refused', 'succeeded')).history).toHaveLength(3);
    expect((await callStorage('refused-person', 'succeeded')).attempts).toBe(1);
  });

  test('because Webex refuses many people one after the other says why, as do the health and the log', async () => {
    simulator.script({ method: 'PATCH', times: 200, effect: { kind: 'status', status: 403 } });
    for (const name of ['robin', 'vint', 'grace', 'alan'])
      await post(wants(`403-${name}`, `${name}@example.com`));
    const paused = await until('one that is paused', async () => {
      for (const name of ['robin', 'vint', 'grace', 'alan']) {
        const { body } = await get(`403-${name}`);
        if (body.waiting?.for === 'paused') return body.waiting;
      }
      return undefined;
    });
    expect(paused).toMatchObject({
      condition: 'permission-missing',
      detail: expect.stringContaining('scopes'),
    });
    const health = await fetch(`${stack.apiUrl}/health/dependencies`, { headers: key });
    expect([health.status, await health.json()]).toMatchObject([
      503,
      { dependencies: { webex: { ok: false, detail: expect.stringMatching(/permission-missing.*scopes/) } } },
    ]);
    await run('sweep');
    await until('the alarm', () =>
      logged.find((line) => line.includes('webex-access-alarm') && line.includes('permission-missing')),
    );
    simulator.reset();
    for (const name of ['robin', 'vint', 'grace', 'alan'])
      await fetch(`${stack.apiUrl}/license-requests/403-${name}/cancel`, { method: 'POST', headers: key });
    await post(wants('403-is-over', 'robin@example.com'));
    await callStorage('403-is-over', 'succeeded');
    const after = await fetch(`${stack.apiUrl}/health/dependencies`, { headers: key });
    expect([after.status, await after.json()]).toMatchObject([
      200,
      { dependencies: { webex: { ok: true } } },
    ]);
  });

  test('because Webex refuses its organization holds back no other organization', async () => {
    simulator.script({
      path: `/licenses?orgId=${OTHER_ORG}`,
      times: 100,
      effect: { kind: 'status', status: 403 },
    });
    await post(wants('refused-organization', 'ada@example.com', { orgId: OTHER_ORG }));
    const { waiting } = await callStorage('refused-organization', 'waiting');
    expect(waiting?.for).toBe('paused');
    await post(wants('own-organization', 'vint@example.com'));
    expect((await callStorage('own-organization', 'succeeded')).history).toHaveLength(3);
    // The health names what a request waits for.
    await fetch(`${stack.apiUrl}/license-requests/refused-organization/cancel`, {
      method: 'POST',
      headers: key,
    });
  });

  test('after trouble at Webex is tried again, and what was applied is not sent twice', async () => {
    simulator.script({
      email: 'john@example.com',
      method: 'PATCH',
      effect: { kind: 'status', status: 503, applied: true },
    });
    await post(wants('trouble', 'john@example.com'));
    expect((await callStorage('trouble', 'succeeded')).attempts).toBe(2);
    expect(patchesOf('john@example.com')).toBe(1);
  });

  test('until it takes effect is scheduled, and the sweep releases it', async () => {
    const effectiveAt = new Date(Date.now() + 1_000).toISOString();
    expect((await post(wants('scheduled', 'ada@example.com', { effectiveAt }))).body.state).toBe('scheduled');
    await until('the release', async () => {
      await run('sweep');
      return (await get('scheduled')).body.state === 'scheduled' ? undefined : true;
    });
    await callStorage('scheduled', 'succeeded');
    expect(Date.now()).toBeGreaterThan(Date.parse(effectiveAt));
  });
});

describe('the sweep', () => {
  const longAgo = { at: new Date(Date.now() - 3_600_000), instance: 'dead' };

  test('may be slower than the ticket it sends: what is due is performed all the same', async () => {
    const effectiveAt = new Date(Date.now() - 1_000).toISOString();
    addPerson(simulator.organization(), { email: 'released@example.com' });
    const request = licenseRequestSchema.parse(wants('released', 'released@example.com', { effectiveAt }));
    const record = acceptRequest('released', request, longAgo);
    await requestStore().add([record]);
    await queue().sendMessage(encodeWorkMessage([record]));
    const done = await callStorage('released', 'succeeded');
    expect(done.history.map(({ state }) => state)).toEqual(['scheduled', 'working', 'succeeded']);
  });

  test('sends again what was accepted and lost its message', async () => {
    addPerson(simulator.organization(), { email: 'lost@example.com' });
    const request = licenseRequestSchema.parse(wants('lost', 'lost@example.com'));
    await requestStore().add([acceptRequest('lost', request, longAgo)]);
    await run('sweep');
    await callStorage('lost', 'succeeded');
  });

  test('hands on what a dead holder left, and Webex is read before it is changed', async () => {
    const request = licenseRequestSchema.parse(wants('left', 'grace@example.com'));
    const [added] = await requestStore().add([acceptRequest('left', request, longAgo)]);
    if (!added) throw new Error('nothing was added');
    await requestStore().replace(moveRequest(added.record, 'working', longAgo, { attempts: 1 }));
    await run('sweep');
    const done = await callStorage('left', 'succeeded');
    expect(done.results).toMatchObject([{ result: 'assigned', changed: false }]);
    expect(patchesOf('grace@example.com')).toBe(0);
  });
});

describe('the sweep of which one part fails', () => {
  test('does all the others, and fails by the name of that part', async () => {
    const inventoryRuns = BlobServiceClient.fromConnectionString(
      stack.azurite.connectionString,
    ).getContainerClient(CONTAINERS.inventoryRuns);
    await inventoryRuns.createIfNotExists();
    const pointer = inventoryRuns.getBlockBlobClient('current.json');
    await pointer.upload('cut o', 5);
    const poison = queue(QUEUES.licenseRequestsPoison);
    await poison.createIfNotExists();
    const text = JSON.stringify(wants('behind-a-failed-part'));
    await poison.sendMessage(text);
    await run('sweep');
    expect((await callStorage('behind-a-failed-part', 'waiting')).waiting?.for).toBe('host-gave-up');
    await until('a failed run', () => logged.find((line) => /failed: inventory-runs \(/.test(line)));
    expect(logged.some((line) => line.includes('"part-failed","part":"inventory-runs"'))).toBe(true);
    await pointer.delete();
  });
});

describe('the inventory', () => {
  test('is a dated run and the latest, with a manifest of what it holds', async () => {
    await run('publish-inventory');
    const { createHash } = await import('node:crypto');
    const storage = createStorageClients({
      kind: 'connection-string',
      connectionString: stack.azurite.connectionString,
    });
    const container = await storage.container(CONTAINERS.inventory);
    const read = async (path: string) =>
      (await container.getBlobClient(path).downloadToBuffer()).toString('utf8');
    const latest = await until('the latest manifest', async () => {
      const names: string[] = [];
      if (await container.exists()) for await (const { name } of container.listBlobsFlat()) names.push(name);
      return names.find((name) => name.endsWith('latest/manifest.json'));
    });
    const manifest = JSON.parse(await read(latest));
    const [file] = manifest.files;
    expect(manifest).toMatchObject({ schemaVersion: 1, status: 'complete', warnings: [] });
    expect(file.path).toMatch(
      new RegExp(
        `^v1/${manifest.orgId}/\\d{4}/\\d\\d/\\d\\d/\\d\\d-\\d\\d-\\d\\dZ_${manifest.runId}/licenses.json$`,
      ),
    );
    const text = await read(file.path);
    expect(createHash('sha256').update(text).digest('hex')).toBe(file.sha256);
    expect(await read(latest.replace('manifest', 'licenses'))).toBe(text);
    expect(JSON.parse(text).licenses).toHaveLength(file.rows);
  });
});

describe('the health', () => {
  test('is open to all, and tells each dependency to those with a key', async () => {
    expect(await (await fetch(`${stack.apiUrl}/health`)).json()).toEqual({ status: 'alive' });
    expect((await fetch(`${stack.apiUrl}/health/dependencies`)).status).toBe(401);
    expect((await fetch(`${stack.apiUrl}/health?code=wrong`)).status).toBe(401);
    expect(await (await fetch(`${stack.apiUrl}/health`, { headers: key })).json()).toHaveProperty(
      'dependencies',
    );
    const response = await fetch(`${stack.apiUrl}/health/dependencies`, { headers: key });
    expect(await response.json()).toMatchObject({
      status: 'ok',
      dependencies: {
        ledger: { ok: true },
        queue: { ok: true },
        blobs: { ok: true },
        webex: { ok: true },
      },
    });
  });
});

describe('the app', () => {
  const base = () => ({
    AzureWebJobsStorage: stack.azurite.connectionString,
    WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
    WEBEX_API_URL: simulator.apiUrl,
    INVENTORY_SCHEDULE: '0 0 5 * * *',
    SWEEP_SCHEDULE: '0 * * * * *',
    ...settings,
  });
  const appDirectory = new URL('../..', import.meta.url).pathname;

  test('does not start with a bad setting, and names it', async () => {
    const start = startHost({
      timing: QUICK,
      appDirectory,
      settings: { ...base(), WEBEX_ACCESS_TOKEN: '', RETRY_BASE_SECONDS: 'soon' },
    });
    await expect(start).rejects.toThrow(/RETRY_BASE_SECONDS must be a whole number.*\n.*WEBEX_ACCESS_TOKEN/);
  });

  test('says by name that Webex refuses its token', async () => {
    const other = await startHost({
      timing: QUICK,
      appDirectory,
      settings: { ...base(), WEBEX_ACCESS_TOKEN: 'refused-token' },
      keys: { master: 'm', host: 'h' },
    });
    const health = await until('the refusal', async () => {
      const response = await fetch(`${other.url}/api/health/dependencies`, {
        headers: { 'x-functions-key': 'h' },
      });
      // Where others have called just now, it may have to wait for leave.
      return response.status === 503 ? await response.json() : undefined;
    }).finally(() => other.stop());
    expect(health).toMatchObject({
      dependencies: { webex: { ok: false, detail: 'Webex: token-refused (401)' } },
    });
  });

  test('renews the tokens of a Service App by itself, tells them nowhere, and says when it cannot', async () => {
    const told: string[] = [];
    const serviceApp = {
      WEBEX_ACCESS_TOKEN: '',
      WEBEX_CLIENT_ID: 'local-client-id',
      WEBEX_CLIENT_SECRET: 'local-client-secret',
      WEBEX_REFRESH_TOKEN: 'local-refresh-token',
    };
    const start = (more: Record<string, string>) =>
      startHost({
        timing: QUICK,
        appDirectory,
        settings: { ...base(), ...serviceApp, ...more },
        keys: { master: 'm', host: LOCAL_FUNCTION_KEY },
        onLog: ({ message }) => told.push(message),
      });
    const healthOf = async ({ url }: { url: string }) => {
      const response = await fetch(`${url}/api/health/dependencies`, { headers: key });
      return { status: response.status, text: await response.text() };
    };
    const countGranted = () =>
      simulator.requests().filter(({ path, status }) => path === '/access_token' && status === 200).length;
    const host = await start({});
    try {
      // Where others have called just now, it may have to wait for leave.
      for (const renewals of [1, 2]) {
        await until(`renewal ${renewals}`, async () => {
          expect((await healthOf(host)).status).toBe(200);
          return countGranted() >= renewals || undefined;
        });
        simulator.revokeTokens();
      }
      expect(countGranted()).toBe(2);
    } finally {
      await host.stop();
    }

    const refused = await start({ WEBEX_REFRESH_TOKEN: 'an-ended-refresh-token' });
    const { status, text } = await until('the refusal', async () => {
      const health = await healthOf(refused);
      return health.status === 200 ? undefined : health;
    }).finally(() => refused.stop());
    expect({ status, text }).toMatchObject({
      status: 503,
      text: expect.stringMatching(/refresh-token-refused \(400\): Authorize the Service App again/),
    });
    const everything = told.join('\n') + text;
    for (const secret of [
      'local-access-token',
      'local-refresh-token',
      'local-client-secret',
      'an-ended-refresh-token',
    ]) {
      expect(everything).not.toContain(secret);
    }
  });

  test('runs on several hosts over one storage, each request once', async () => {
    const other = await startHost({
      timing: QUICK,
      appDirectory,
      settings: base(),
      keys: { master: 'm', host: LOCAL_FUNCTION_KEY },
    });
    try {
      const people = [...simulator.organization().people.values()]
        .filter(({ isExternal }) => !isExternal)
        .slice(0, 20);
      const requests = people.map(({ email }, index) => wants(`many-${index}`, email));
      await post({ requests: requests.slice(0, 10) });
      await post({ requests: requests.slice(10) }, json, `${other.url}/api`);
      for (const { requestId } of requests) await callStorage(requestId ?? '', 'succeeded');
      for (const { email } of people) expect(patchesOf(email)).toBe(1);
    } finally {
      await other.stop();
    }
  });

  test('has told no address, key or token in any log line', () => {
    expect(logged.length).toBeGreaterThan(50);
    const told = logged.filter(
      (line) =>
        line.includes('@example.com') || line.includes(LOCAL_TOKEN) || line.includes(LOCAL_FUNCTION_KEY),
    );
    expect(told).toEqual([]);
  });

  test('is built of src and functions alone, and needs nothing beside it', async () => {
    const files = await readdir(`${appDirectory}dist`, { recursive: true });
    const maps = await Promise.all(
      files
        .filter((file) => file.endsWith('.map'))
        .map((file) => readFile(`${appDirectory}dist/${file}`, 'utf8')),
    );
    const sources = maps.flatMap((map): string[] => JSON.parse(map).sources);
    expect(sources.some((source) => source.includes('src/app.ts'))).toBe(true);
    expect(
      sources.filter(
        (source) => /(^|\/)(infra\/(?!node-version)|test\/)/.test(source) && !source.includes('node_modules'),
      ),
    ).toEqual([]);
  });
});

describe('the requests of one person', () => {
  let joe = '';
  const idOf = (name: string) => {
    const license = [...simulator.organization().licenses.values()].find((item) => item.name === name);
    return license?.id ?? '';
  };
  const change = (requestId: string, operation: 'add' | 'remove', more: object = {}) => ({
    requestId,
    person: { email: joe },
    licenses: [{ license: 'Advanced Messaging', operation }],
    ...more,
  });
  beforeEach(() => {
    joe = `joe-${expect.getState().currentTestName?.length}@example.com`;
    addPerson(simulator.organization(), { email: joe });
  });

  test('end superseded where a newer effective one was settled, and Webex is not asked', async () => {
    await post(change('newer', 'remove', { effectiveAt: '2026-01-02T00:00:00Z' }));
    await callStorage('newer', 'succeeded');
    const calls = simulator.requests().length;
    // By the name of the license, and by its id.
    await post(change('older', 'add', { effectiveAt: '2026-01-01T00:00:00Z' }));
    const byId = [{ license: idOf('Advanced Messaging'), operation: 'add' }];
    await post(change('older-by-id', 'add', { effectiveAt: '2026-01-01T00:00:00Z', licenses: byId }));
    for (const id of ['older', 'older-by-id']) {
      expect((await callStorage(id, 'superseded')).results).toMatchObject([
        { result: 'superseded', by: 'newer' },
      ]);
    }
    expect(simulator.requests()).toHaveLength(calls);
  });

  test('that wait together go to Webex as one change, and what they contradict each other in is decided', async () => {
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 429, retryAfter: '2' } });
    await post(change('blocked', 'add', { effectiveAt: '2026-01-03T00:00:00Z' }));
    await callStorage('blocked', 'waiting');
    await post(change('tie-add', 'add', { effectiveAt: '2026-01-04T00:00:00Z' }));
    await post(change('tie-remove', 'remove', { effectiveAt: '2026-01-04T00:00:00Z' }));
    const meetings = [{ license: idOf('Webex Meetings Suite') || 'Messenger', operation: 'add' }];
    await post(change('other', 'add', { licenses: meetings }));
    await callStorage('tie-remove', 'succeeded');
    expect((await callStorage('tie-add', 'superseded')).results).toMatchObject([{ by: 'tie-remove' }]);
    expect((await callStorage('blocked', 'superseded')).results).toMatchObject([{ by: 'tie-remove' }]);
    await callStorage('other', 'succeeded', 'failed');
  });

  test('are performed where the newer one that overruled them is cancelled before it is done', async () => {
    await post(change('given', 'add', { effectiveAt: '2026-01-01T00:00:00Z' }));
    await callStorage('given', 'succeeded');
    // Also where it looks at the person: what is held already would be found done.
    for (const method of ['PATCH', 'GET'] as const)
      simulator.script({ method, times: 50, effect: { kind: 'status', status: 503 } });
    await post(change('keeps', 'add', { effectiveAt: '2026-01-03T00:00:00Z' }));
    await callStorage('keeps', 'waiting');
    await post(change('leaves', 'remove', { effectiveAt: '2026-01-02T00:00:00Z' }));
    await until('both looked at together', async () =>
      (await get('leaves')).body.history.some(({ state }: { state: string }) => state === 'working'),
    );
    await until('cancelled', async () => {
      const url = `${stack.apiUrl}/license-requests/keeps/cancel`;
      return (await fetch(url, { method: 'POST', headers: key })).status === 200 || undefined;
    });
    simulator.clearFaults();
    // The add was never answered, and might still arrive: the removal is looked at once more when that time is over.
    const hasLeft = async () => (await get('leaves')).body.state === 'succeeded' || undefined;
    await until('the removal', hasLeft, 40_000);
    expect(simulator.organization().people.get(joe)?.licenses.has(idOf('Advanced Messaging'))).toBe(false);
  }, 60_000);

  test('have one turn, whether they name the person by address or by id', async () => {
    const personId = simulator.organization().people.get(joe)?.id;
    await post(change('by-address', 'remove', { effectiveAt: '2026-01-02T00:00:00Z' }));
    await callStorage('by-address', 'succeeded');
    await post({ ...change('by-id', 'add', { effectiveAt: '2026-01-01T00:00:00Z' }), person: { personId } });
    expect((await callStorage('by-id', 'superseded')).results).toMatchObject([{ by: 'by-address' }]);
  });
});
