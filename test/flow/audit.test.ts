import { createHash } from 'node:crypto';
import { QueueServiceClient } from '@azure/storage-queue';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import * as z from 'zod';
import { type LocalHost, startHost } from '../../infra/local/host/host.ts';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY, LOCAL_TOKEN, type Stack } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { requestSchema } from '../../src/cli/request-text.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { root, run } from '../built.ts';
import { type LossyWire, startLossyWire } from '../lossy-wire.ts';
import { createParts } from '../parts.ts';
import { type AppStack, QUICK, startApp } from './start-app.ts';
import { until } from './until.ts';

/** What the built app writes down of what it changes at Webex. */
let stack: AppStack;
let simulator: WebexSimulator;
const settings = { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1' };

const started = createParts();
beforeAll(async () => {
  stack = await started(startApp({ settings }));
  simulator = stack.simulator;
});
let person = '';
beforeEach(() => {
  person = `person-${createHash('sha256').update(`${expect.getState().currentTestName}`).digest('hex').slice(0, 8)}@example.com`;
  addPerson(simulator.organization(), { email: person });
});

const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
const post = (path: string, body: object, headers: Record<string, string> = key, url = stack.apiUrl) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const waitFor = (requestId: string, states: readonly string[], url = stack.apiUrl) =>
  until(`${requestId} in ${states}`, async () => {
    const response = await fetch(`${url}/license-requests/${requestId}`, { headers: key });
    const found = requestSchema.safeParse(await response.json());
    return found.success && states.includes(found.data.state) ? found.data : undefined;
  });
const idOf = (name: string) =>
  [...simulator.organization().licenses.values()].find((license) => license.name === name)?.id ?? '';
const storageOf = ({ azurite: { connectionString } }: Stack) =>
  createStorageClients({ kind: 'connection-string', connectionString });
const requestStoreOf = (of: Stack) => createTableRequestStore(storageOf(of), 86_400_000);

const lineSchema = z.looseObject({ requestId: z.string(), at: z.iso.datetime(), instance: z.string() });
const container = (of = stack) => storageOf(of).container(CONTAINERS.audit);
async function linesOf(filter: (line: z.output<typeof lineSchema>) => boolean, of = stack) {
  const lines: z.output<typeof lineSchema>[] = [];
  for await (const { name } of (await container(of)).listBlobsFlat()) {
    const text = (await (await container(of)).getBlobClient(name).downloadToBuffer()).toString('utf8');
    for (const line of text.split('\n').filter(Boolean)) lines.push(lineSchema.parse(JSON.parse(line)));
  }
  return lines.filter(filter);
}
const ofRequest = (requestId: string, of = stack) => linesOf((line) => line.requestId === requestId, of);

async function seatline(...args: string[]) {
  const { code, out } = await run('cli/seatline.js', args, { SEATLINE_URL: stack.apiUrl }).ended;
  return { code, out };
}

describe('the audit trail', () => {
  test('says of a request over HTTP who asked with which key, and what was changed', async () => {
    await post('/license-requests', {
      requestId: 'over-http',
      person: { email: person },
      licenses: [{ license: 'Advanced Messaging' }],
      siteUrls: [{ siteUrl: 'acme.webex.com' }],
      reason: 'joiner',
      source: 'portal',
    });
    const { origin } = await waitFor('over-http', ['succeeded']);
    const fingerprint = createHash('sha256').update(LOCAL_FUNCTION_KEY).digest('hex').slice(0, 8);
    expect(origin).toEqual({ channel: 'http', key: fingerprint });
    const common = {
      requestId: 'over-http',
      asked: { channel: 'http', key: fingerprint, source: 'portal', reason: 'joiner' },
      person: { email: person, personId: simulator.organization().people.get(person)?.id },
      operation: 'add',
      known: 'changed',
      before: 'unknown',
      after: 'held',
      attempt: 1,
      trackingId: expect.stringMatching(/./),
    };
    expect(await ofRequest('over-http')).toEqual([
      expect.objectContaining({
        ...common,
        license: { id: idOf('Advanced Messaging'), name: 'Advanced Messaging' },
      }),
      expect.objectContaining({ ...common, siteUrl: 'acme.webex.com' }),
    ]);
  });

  test('says of a key in the query the same', async () => {
    await post(
      `/license-requests?code=${LOCAL_FUNCTION_KEY}`,
      { requestId: 'by-code', person: { email: person }, licenses: [{ license: 'Advanced Messaging' }] },
      {},
    );
    const { origin } = await waitFor('by-code', ['succeeded']);
    expect(origin?.key).toMatch(/^[0-9a-f]{8}$/);
  });

  test('says that a removal came by the queue', async () => {
    const message = {
      version: 1,
      requestId: 'by-queue',
      person: { email: person },
      licenses: [{ license: 'Advanced Messaging', operation: 'remove' }],
    };
    const queues = QueueServiceClient.fromConnectionString(stack.azurite.connectionString);
    await queues.getQueueClient(QUEUES.licenseRequests).sendMessage(JSON.stringify(message));
    await waitFor('by-queue', ['succeeded']);
    expect(await ofRequest('by-queue')).toMatchObject([
      { asked: { channel: 'queue' }, operation: 'remove', after: 'not-held' },
    ]);
  });

  test('has of a 206 what was done, and nothing of what was refused', async () => {
    const refused = idOf('Webex Attendant Console');
    await post('/license-requests', {
      requestId: 'in-part',
      person: { email: person },
      licenses: [{ license: 'Advanced Messaging' }, { license: refused }],
    });
    await waitFor('in-part', ['partial']);
    const lines = await ofRequest('in-part');
    expect(lines).toMatchObject([{ license: { name: 'Advanced Messaging' }, known: 'changed' }]);
  });

  test('says which secret of HR a leaver came with', async () => {
    const at = new Date();
    const employee = { id: person, email: person };
    const attributes = { department: 'IT' };
    await sendWebhook(stack.apiUrl, signStandard({ type: 'joiner', employee, attributes }, at));
    const ofPerson = (operation: string) =>
      until(`the ${operation}`, async () => {
        const isIt = (line: object) =>
          'operation' in line && line.operation === operation && JSON.stringify(line).includes(person);
        const found = await linesOf(isIt);
        return found.length > 0 ? found : undefined;
      });
    expect(await ofPerson('add')).toMatchObject([
      {
        asked: {
          channel: 'hr',
          key: 'secrets/0',
          source: 'hr',
          reason: expect.stringMatching(/^policy [0-9a-f]{12}: rule everybody/),
        },
      },
    ]);
    await sendWebhook(stack.apiUrl, signStandard({ type: 'leaver', employee, attributes }, new Date()));
    expect(await ofPerson('remove')).toMatchObject([
      {
        asked: {
          channel: 'hr',
          key: 'secrets/0',
          source: 'hr',
          reason: expect.stringMatching(/: leaver rule everything but the number/),
        },
        after: 'not-held',
      },
    ]);
  });

  test('has what a retry found done, with the tracking id of the attempt that was not answered', async () => {
    simulator.script({
      email: person,
      method: 'PATCH',
      effect: { kind: 'status', status: 503, applied: true },
    });
    await post('/license-requests', {
      requestId: 'unanswered',
      person: { email: person },
      licenses: [{ license: 'Advanced Messaging' }],
    });
    await waitFor('unanswered', ['succeeded']);
    expect(await ofRequest('unanswered')).toMatchObject([
      {
        known: 'found-after-interruption',
        after: 'held',
        attempt: 2,
        trackingId: expect.stringMatching(/./),
      },
    ]);
  });

  test('says that it is not known, where a request is cancelled after an attempt without an answer', async () => {
    simulator.script({ email: person, method: 'PATCH', effect: { kind: 'reset', applied: true } });
    // After the look-up of the new address, the check that comes before the next change is refused: it waits.
    simulator.script({
      email: person,
      method: 'GET',
      skip: 1,
      times: 100,
      effect: { kind: 'status', status: 503 },
    });
    await post('/license-requests', {
      requestId: 'cancelled',
      person: { email: person },
      licenses: [{ license: 'Advanced Messaging' }],
    });
    await waitFor('cancelled', ['waiting']);
    await until('the cancel', async () => {
      const { code } = await seatline('cancel', 'cancelled');
      return code === 0 || undefined;
    });
    expect(await ofRequest('cancelled')).toMatchObject([{ known: 'unknown', after: 'unknown' }]);
  });

  describe('of an app that is troubled', () => {
    let other: AppStack;
    let webex: WebexSimulator;
    let wire: LossyWire;
    let host: LocalHost;
    let isWritable = true;
    const failures: string[] = [];
    const start = () =>
      startHost({
        timing: QUICK,
        appDirectory: root,
        keys: { master: LOCAL_MASTER_KEY, host: LOCAL_FUNCTION_KEY },
        onLog: ({ message }) => failures.push(message),
        settings: {
          AzureWebJobsStorage: other.azurite.connectionString.replace(other.azurite.urls.blob, wire.url),
          WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
          WEBEX_API_URL: webex.apiUrl,
          INVENTORY_SCHEDULE: '0 0 5 * * *',
          SWEEP_SCHEDULE: '0 * * * * *',
          ...settings,
        },
      });
    const startedHere = createParts();
    beforeAll(async () => {
      other = await startedHere(startApp({ settings }));
      webex = other.simulator;
      // Its own host is not needed: one whose blobs are behind the wire takes its place.
      await other.host.stop();
      wire = await startedHere(startLossyWire(other.azurite.urls.blob));
      wire.lose = (url) => (!isWritable && /comp=appendblock/.test(url) ? 'request' : undefined);
      host = await startedHere(start());
    });
    const submit = async (requestId: string) => {
      addPerson(webex.organization(), { email: person });
      const body = { requestId, person: { email: person }, licenses: [{ license: 'Advanced Messaging' }] };
      await post('/license-requests', body, key, `${host.url}/api`);
    };
    const patchesOf = () =>
      webex
        .requests()
        .filter(({ method, body }) => method === 'PATCH' && JSON.stringify(body).includes(person));
    const sweep = () =>
      fetch(`${host.url}/admin/functions/sweep`, {
        method: 'POST',
        headers: { 'x-functions-key': LOCAL_MASTER_KEY, 'content-type': 'application/json' },
        body: '{}',
      });
    const foundOnce = [{ known: 'found-after-interruption', before: 'unknown', after: 'held', attempt: 2 }];

    test('misses no change of a worker that was killed after Webex made it', async () => {
      await submitHanging('killed');
      await host.crash();
      expect(await ofRequest('killed', other)).toEqual([]);
      await letTurnEnd('killed', other);
      host = await startedHere(start());
      await sweep();
      await waitFor('killed', ['succeeded'], `${host.url}/api`);
      expect(await ofRequest('killed', other)).toMatchObject(foundOnce);
      expect(patchesOf()).toHaveLength(1);

      async function submitHanging(requestId: string) {
        webex.script({ email: person, method: 'PATCH', effect: { kind: 'hang', applied: true } });
        await submit(requestId);
        await until('the change', () => patchesOf()[0]);
      }
    });

    test('ends no request whose change it cannot write down, and loses none', async () => {
      isWritable = false;
      await submit('unwritten');
      await until('the change', () => patchesOf()[0]);
      const { state } = await until('the failure to write', async () => {
        const record = await requestStoreOf(other).read('unwritten');
        return failures.some((line) => line.includes('audit.append')) ? record : undefined;
      });
      expect(state).toBe('working');
      isWritable = true;
      await letTurnEnd('unwritten', other);
      await sweep();
      await waitFor('unwritten', ['succeeded'], `${host.url}/api`);
      expect(await ofRequest('unwritten', other)).toMatchObject(foundOnce);
      expect(patchesOf()).toHaveLength(1);
    });
  });

  /** As if a minute had passed. */
  async function letTurnEnd(requestId: string, of: Stack): Promise<void> {
    const requestStore = requestStoreOf(of);
    const record = await requestStore.read(requestId);
    const { person: holder } = record ? await requestStore.readPerson(record.personKey) : {};
    if (!record || !holder?.holder) throw new Error('nobody holds the person lease');
    const longAgo = new Date(Date.now() - 120_000);
    const written = await requestStore.commit({ ...holder, holder: { ...holder.holder, until: longAgo } }, [
      { ...record, updatedAt: longAgo },
    ]);
    if (written === VERSION_CONFLICT) throw new Error('a version conflict');
  }
});

describe('the command that verifies the audit trail', () => {
  const today = () => new Date().toISOString().slice(0, 10);

  test('finds a day as it was written, and a day with nothing', async () => {
    const { code, out } = await seatline('audit', 'verify');
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {5}v1\/\d{4}\/\d\d\/\d\d\/[\w-]+\.ndjson {2}\d+ lines$/m);
    expect(await seatline('audit', 'verify', '2020-02-29')).toEqual({
      code: 0,
      out: '2020-02-29: 0 files, 0 lines\n',
    });
  });

  test('takes no other text for a day, and wants a key', async () => {
    expect((await seatline('audit', 'verify', 'yesterday')).code).toBe(1);
    expect((await fetch(`${stack.apiUrl}/audit/2026-02-30`, { headers: key })).status).toBe(400);
    expect((await fetch(`${stack.apiUrl}/audit/${today()}`)).status).toBe(401);
  });

  test('tells nobody who is in the trail', async () => {
    const response = await fetch(`${stack.apiUrl}/audit/${today()}`, { headers: key });
    const text = await response.text();
    expect(text).toContain('.ndjson');
    expect(text).not.toContain('@example.com');
  });

  test('finds what was tampered with, and ends with 1', async () => {
    const tamper = async (change: (lines: string[]) => string[]) => {
      const client = await container();
      const files: string[] = [];
      for await (const { name } of client.listBlobsFlat()) files.push(name);
      const [file = ''] = files;
      const content = await client.getBlobClient(file).downloadToBuffer();
      const lines = change(content.toString('utf8').trimEnd().split('\n'));
      const blob = client.getAppendBlobClient(file);
      await blob.delete();
      const text = lines.map((line) => `${line}\n`).join('');
      await blob.create();
      if (text) await blob.appendBlock(text, Buffer.byteLength(text));
      const verified = await seatline('audit', 'verify');
      await blob.delete();
      await blob.create();
      await blob.appendBlock(content, content.length);
      expect(verified.code).toBe(1);
      return verified.out;
    };
    const swap = ([a = '', b = '', ...rest]: string[]) => [b, a, ...rest];
    expect(await tamper(([a = '', ...rest]) => [a.replace('joiner', 'jester'), ...rest])).toContain(
      'line 1 was changed',
    );
    expect(await tamper(([a = '', _b, ...rest]) => [a, ...rest])).toContain('line 2 was cut');
    expect(await tamper((lines) => lines.slice(0, -1))).toMatch(/line \d+ was cut: \d+ lines were written/);
    expect(await tamper(swap)).toContain('line 1 was swapped');
    expect((await seatline('audit', 'verify')).code).toBe(0);
    const client = await container();
    for await (const { name } of client.listBlobsFlat()) await client.getBlobClient(name).delete();
    const { code, out } = await seatline('audit', 'verify');
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('the file is missing') });
  });
});
