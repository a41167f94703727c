import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { startHost } from '../../infra/local/host/host.ts';
import {
  findSource,
  type SignedWebhook,
  signBambooHr,
  signBody,
  signSample,
  signStandard,
} from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';
import { type AppStack, QUICK, startApp } from './start-app.ts';
import { until } from './until.ts';

/** HR systems that send to the built app, and a stand-in for those that are asked. */
let stack: AppStack;
let simulator: WebexSimulator;
let hrApi: Server;
/** HR_SOURCES of the app. */
let setting: string;
const asked: string[] = [];
const logged: string[] = [];

const PEOPLE: Readonly<Record<string, [number, object]>> = {
  '/bamboo/employees/100': [
    200,
    {
      id: '100',
      workEmail: 'tony@example.com',
      department: 'Sales',
      hireDate: '2026-01-01',
      status: 'Active',
    },
  ],
  '/bob/people/200': [
    200,
    { email: 'robin@example.com', work: { department: 'IT' }, internal: { status: 'Active' } },
  ],
};

const started = createParts();
beforeAll(async () => {
  hrApi = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    asked.push(`${path} ${request.headers.authorization}`);
    // The first answer is no good: a real HR system is asked again.
    const [status, body] = asked.length === 1 ? [503, {}] : (PEOPLE[path] ?? [404, {}]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await started(once(hrApi, 'listening').then(() => ({ stop: stopHrApi })));
  const url = `http://127.0.0.1:${(hrApi.address() as AddressInfo).port}`;
  const token = { secrets: ['static-token', 'next-token'] };
  const sources = {
    ...JSON.parse(LOCAL_HR_SOURCES),
    bamboo2: {
      preset: 'bamboohr',
      secrets: ['local-bamboohr-secret'],
      api: { url: `${url}/bamboo`, user: 'key', password: 'x' },
    },
    hibob2: {
      preset: 'hibob',
      secrets: ['local-hibob-secret'],
      api: { url: `${url}/bob`, user: 'service', password: 'secret' },
    },
    personio: { preset: 'personio', ...token },
    finch: { preset: 'finch', secrets: [Buffer.from('finch-secret-of-the-test').toString('base64')] },
    merge: { preset: 'merge', secrets: ['merge-secret'] },
    events: { preset: 'cloudevents', ...token },
    workday: {
      preset: 'generic',
      ...token,
      fields: { type: '/type', employeeId: '/id', email: '/mail', effective: '/on' },
      kinds: { joiner: ['Hire'], leaver: ['Fire'] },
    },
  };
  setting = JSON.stringify(sources);
  const settings = {
    HR_SOURCES: setting,
    RETRY_BASE_SECONDS: '1',
    PERSON_NOT_FOUND_DELAYS_SECONDS: '1',
    SWEEP_SCHEDULE: '*/2 * * * * *',
  };
  stack = await started(startApp({ settings, onLog: ({ message }) => logged.push(message) }));
  simulator = stack.simulator;
});
async function stopHrApi(): Promise<void> {
  hrApi.closeAllConnections();
  hrApi.close();
}
beforeEach(() => simulator.reset());

const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
async function send(
  {
    source,
    headers,
    body,
  }: { source: string; headers?: Readonly<Record<string, string>>; body: string | Buffer },
  method = 'POST',
) {
  const options = {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body }),
  };
  const response = await fetch(`${stack.apiUrl}/hr-events/${source}`, options);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}
const read = async (path: string) =>
  JSON.parse(await (await fetch(`${stack.apiUrl}/${path}`, { headers: key })).text());
/** What became of the first event of a webhook. */
async function outcome(webhook: SignedWebhook, ...states: string[]) {
  const { status, body } = await send(webhook);
  expect(status).toBe(200);
  const { eventKey } = body.events[0];
  const wanted = states.length === 0 ? ['applied', 'ignored', 'superseded', 'failed'] : states;
  return until(`${eventKey} in ${wanted}`, async () => {
    const record = await read(`hr-events/${eventKey}`);
    return wanted.includes(record.state) ? record : undefined;
  });
}
const ended = (requestId: string) =>
  until(`the end of ${requestId}`, async () => {
    const request = await read(`license-requests/${requestId}`);
    return ['succeeded', 'failed', 'partial'].includes(request.state) ? request : undefined;
  });
const holds = (email: string, name: string) => {
  const { licenses, people } = simulator.organization();
  return [...(people.get(email)?.licenses ?? [])].some((id) => licenses.get(id)?.name === name);
};
const idOf = (name: string) =>
  [...simulator.organization().licenses.values()].find((license) => license.name === name)?.id;
const standard = (type: string, id: string, more: object = {}, employee: object = {}) =>
  signStandard({ type, employee: { id, email: `${id}@example.com`, ...employee }, ...more }, new Date());

const sample = (source: string, said: Parameters<typeof signSample>[1]) =>
  signSample(findSource(source, setting), said, new Date());

/** The storage of a connection string, with tables where nobody listens. */
async function withoutTables(connectionString: string): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return connectionString.replace(/(TableEndpoint=http:\/\/[^:]+:)\d+/, `$1${port}`);
}

describe('an HR event', () => {
  test('gives a joiner what the policy says, and takes it from the leaver', async () => {
    const joined = await outcome(standard('joiner', 'vint', { attributes: { department: 'Sales' } }));
    expect(joined.requestIds).toHaveLength(1);
    expect((await ended(joined.requestIds[0])).state).toBe('succeeded');
    expect([
      holds('vint@example.com', 'Advanced Messaging'),
      holds('vint@example.com', 'Webex Meetings Suite'),
    ]).toEqual([true, true]);
    const moved = await outcome(standard('mover', 'vint', { attributes: { department: 'IT' } }));
    expect((await ended(moved.requestIds[0])).request.licenses).toMatchObject([
      { license: idOf('Webex Meetings Suite'), operation: 'remove' },
    ]);
    const left = await outcome(standard('leaver', 'vint'));
    await ended(left.requestIds[0]);
    expect([
      holds('vint@example.com', 'Advanced Messaging'),
      holds('vint@example.com', 'Webex Meetings Suite'),
    ]).toEqual([false, false]);
  });

  test('whose date cannot be read fails, is listed and counted in the health, and takes nothing', async () => {
    const joined = await outcome(standard('joiner', 'lynn'));
    await ended(joined.requestIds[0]);
    const dated = { type: 'Fire', id: 'lynn', mail: 'lynn@example.com', on: '31/12/2026' };
    const { body } = await send({
      source: 'workday',
      headers: { authorization: 'Bearer static-token' },
      body: JSON.stringify(dated),
    });
    const { eventKey } = body.events[0];
    expect(await read(`hr-events/${eventKey}`)).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('cannot be read'),
      requestIds: [],
    });
    const { items } = await read('hr-events?state=failed');
    expect(items.map((item: { eventKey: string }) => item.eventKey)).toContain(eventKey);
    expect((await read('health/dependencies')).dependencies.hr.detail).toMatch(/[1-9]\d* events failed/);
    expect(holds('lynn@example.com', 'Advanced Messaging')).toBe(true);
  });

  test('of somebody whom HR calls active takes nothing for a last day that is past', async () => {
    const send = (more: object) =>
      outcome(
        signBody(
          findSource('merge', setting),
          {
            hook: { event: 'employee.changed' },
            data: { id: 'm-1', work_email: 'kay@example.com', employment_status: 'ACTIVE', ...more },
          },
          new Date(),
        ),
      );
    addPerson(simulator.organization(), { email: 'kay@example.com' });
    const joined = await send({ modified_at: '2026-11-01T00:00:00Z' });
    await ended(joined.requestIds[0]);
    const updated = await send({
      start_date: '2019-05-01T00:00:00Z',
      termination_date: '2022-06-30T00:00:00Z',
    });
    expect(updated).toMatchObject({ event: { kind: 'mover' }, requestIds: [] });
    expect(holds('kay@example.com', 'Advanced Messaging')).toBe(true);
  });

  test('sent twice makes one request', async () => {
    const webhook = standard('joiner', 'leslie');
    const first = await outcome(webhook);
    expect((await send(webhook)).status).toBe(200);
    expect((await outcome(webhook)).requestIds).toEqual(first.requestIds);
    await ended(first.requestIds[0]);
    expect(simulator.requests().filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('for later asks nothing before its day', async () => {
    const first = await outcome(standard('joiner', 'john', { effective: '2099-01-01' }));
    expect(first).toMatchObject({ state: 'applied', requestIds: [], outcome: 'counts' });
    const moved = await outcome(standard('joiner', 'john', { effective: '2099-02-01' }));
    expect(moved).toMatchObject({ state: 'applied', requestIds: [] });
    await outcome(standard('withdrawn', 'john'));
    expect((await read('license-requests?state=scheduled')).items).toEqual([]);
  });

  test('for later gives its licenses when its time comes, though nobody says anything more', async () => {
    const effective = new Date(Date.now() + 3_000).toISOString();
    addPerson(simulator.organization(), { email: 'katherine@example.com' });
    expect((await outcome(standard('joiner', 'katherine', { effective }))).requestIds).toEqual([]);
    expect(holds('katherine@example.com', 'Advanced Messaging')).toBe(false);
    await until(
      'the licenses',
      async () => holds('katherine@example.com', 'Advanced Messaging') || undefined,
    );
  });

  test('of an employee nobody knows waits, is listed, and goes on when the directory knows', async () => {
    const thin = sample('bamboohr', { kind: 'joiner', employeeId: '77' });
    const waiting = await outcome(thin, 'needs-identity');
    const listed = await read('hr-events?state=needs-identity');
    expect(await read('hr-events')).toMatchObject({ state: 'needs-identity', items: listed.items });
    expect(listed.items.map((item: { eventKey: string }) => item.eventKey)).toContain(waiting.eventKey);
    const people = [{ employeeId: '77', email: 'frances@example.com', attributes: { department: 'Sales' } }];
    const importPeople = (employees: object[]) =>
      fetch(`${stack.apiUrl}/employees/bamboohr`, {
        method: 'POST',
        headers: { ...key, 'content-type': 'application/json' },
        body: JSON.stringify({ employees }),
      });
    const contradiction = await importPeople([...people, { employeeId: '77', email: 'ada@example.com' }]);
    expect(contradiction.status).toBe(400);
    expect(await contradiction.json()).toMatchObject({ errors: [{ pointer: '/employees/1/employeeId' }] });
    const imported = await importPeople(people);
    expect(await imported.json()).toEqual({ imported: 1, eventsThatGoOn: 1 });
    const applied = await outcome(thin);
    await ended(applied.requestIds[0]);
    expect(holds('frances@example.com', 'Webex Meetings Suite')).toBe(true);
  });

  test.each([
    ['BambooHR', 'bamboo2', '100', 'tony@example.com'],
    ['HiBob', 'hibob2', '200', 'robin@example.com'],
  ])('that is thin is resolved by asking %s', async (_what, source, employeeId, email) => {
    const { requestIds } = await outcome(sample(source, { kind: 'joiner', employeeId }));
    expect((await ended(requestIds[0])).request.person.email).toBe(email);
    expect(asked.at(-1)).toMatch(/ Basic /);
  });

  test('for a person who is late in the directory of Webex waits for the person', async () => {
    addPerson(simulator.organization(), { email: 'new@example.com', unknownLooks: 3 });
    const { requestIds } = await outcome(standard('joiner', 'new'));
    expect((await ended(requestIds[0])).history.map(({ detail }: { detail?: string }) => detail)).toContain(
      'person-not-found',
    );
  });
});

describe('a webhook', () => {
  test.each(['hr', 'bamboohr', 'hibob', 'finch', 'merge', 'personio', 'events', 'workday'])(
    'of %s is answered 200',
    async (source) => {
      expect((await send(sample(source, { kind: 'joiner', employeeId: '9' }))).status).toBe(200);
    },
  );

  test('of HiBob that tries the address is answered 200', async () => {
    expect((await send({ source: 'hibob', body: 'Ping test' })).status).toBe(200);
  });

  const good = () => standard('joiner', 'radia');
  test.each<[string, () => Parameters<typeof send>[0], number]>([
    ['of an unknown source', () => ({ ...good(), source: 'none' }), 404],
    ['with a tampered body', () => ({ ...good(), body: `${good().body} ` }), 401],
    [
      'with another secret',
      () => ({ ...good(), headers: { ...good().headers, 'webhook-signature': 'v1,AAAA' } }),
      401,
    ],
    [
      'from ten minutes ago',
      () => signStandard({ type: 'joiner', employee: { id: '1' } }, new Date(Date.now() - 600_000)),
      401,
    ],
    [
      'as a form',
      () => ({
        ...good(),
        headers: { ...good().headers, 'content-type': 'application/x-www-form-urlencoded' },
      }),
      415,
    ],
    [
      'with an encoding',
      () => ({ ...good(), headers: { ...good().headers, 'content-encoding': 'gzip' } }),
      415,
    ],
    ['that is too large', () => ({ ...good(), body: 'x'.repeat(262_145) }), 413],
    [
      'that is not UTF-8',
      () => ({
        source: 'workday',
        headers: { authorization: 'Bearer static-token' },
        body: Buffer.from([0x22, 0xff, 0x22]),
      }),
      400,
    ],
    [
      'that is no JSON',
      () => ({ source: 'workday', headers: { authorization: 'Bearer static-token' }, body: '{' }),
      400,
    ],
    ['with a mistake', () => signStandard({ type: 'joiner', employee: {} }, new Date()), 400],
  ])('%s is refused', async (_what, webhook, status) => {
    const answer = await send(webhook());
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('is told in the log by which of its secrets it is signed, and by none where it is refused', async () => {
    const body = '{"company_id":1,"event_name":"person.danced","occurred_at":"2026-01-01T00:00:00Z"}';
    const tell = () => logged.filter((line) => /hr-events-received.*personio/.test(line));
    for (const authorization of ['static-token', 'next-token', 'last-token']) {
      const before = tell().length;
      const { status } = await send({ source: 'personio', headers: { authorization }, body });
      if (authorization === 'last-token') expect(status).toBe(401);
      else await until('the log', async () => tell().length > before || undefined);
    }
    const [first, second] = tell().slice(-2);
    expect([first, second]).toEqual([
      expect.stringMatching(/"secret":0/),
      expect.stringMatching(/"secret":1/),
    ]);
  });

  test.each<[string, string, Record<string, string>]>([
    ['whose tables are away', 'tables away', {}],
    ['without any source', '', { HR_SOURCES: '' }],
  ])('to an app %s is answered 503, to be sent again', async (_what, away, wrong) => {
    const { connectionString } = stack.azurite;
    const host = await startHost({
      timing: QUICK,
      appDirectory: join(import.meta.dirname, '../..'),
      settings: {
        AzureWebJobsStorage: away ? await withoutTables(connectionString) : connectionString,
        WEBEX_ACCESS_TOKEN: 'any',
        INVENTORY_SCHEDULE: '0 0 5 * * *',
        SWEEP_SCHEDULE: '0 * * * * *',
        HR_SOURCES: LOCAL_HR_SOURCES,
        ...wrong,
      },
    });
    const { headers, body } = good();
    const response = await fetch(`${host.url}/api/hr-events/hr`, { method: 'POST', headers, body }).finally(
      host.stop,
    );
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
  });

  test('of an unknown type is answered 200, and recorded as ignored', async () => {
    const headers = { authorization: 'Bearer static-token' };
    const birthday = JSON.stringify({ type: 'Birthday', id: '1' });
    const record = await outcome({ source: 'workday', headers, body: birthday });
    expect(record).toMatchObject({ state: 'ignored', event: { type: 'Birthday' } });
    expect(record.detail).toMatch(/^its type "Birthday" is none of the "kinds" of its source \(joiner: /);
    const answer = await send({ source: 'workday', headers, body: birthday });
    expect(answer.body).toMatchObject({ events: [{ kind: 'ignored', detail: record.detail }] });
    const nameless = await outcome({
      source: 'workday',
      headers,
      body: JSON.stringify({ kind: 'Hire', id: '2' }),
    });
    expect(nameless).toMatchObject({
      state: 'ignored',
      detail: expect.stringContaining('it has no type at "/type"'),
    });
    // Our own schema names its types: a sender that misspells one can mend that.
    const misspelt = signStandard({ type: 'leavr', employee: { id: '1' } }, new Date());
    expect((await send(misspelt)).status).toBe(400);
  });

  test('is asked for leave by CloudEvents', async () => {
    const { status, headers } = await send(
      {
        source: 'events',
        headers: { 'webhook-request-origin': 'hr.example.com', 'webhook-request-rate': '120' },
        body: '',
      },
      'OPTIONS',
    );
    expect(status).toBe(200);
    expect([headers.get('webhook-allowed-origin'), headers.get('webhook-allowed-rate')]).toEqual([
      '*',
      '120',
    ]);
  });

  test('comes 200 at once, and each is taken', async () => {
    const burst = Array.from({ length: 200 }, (_, index) => standard('mover', `burst-${index}`));
    const answers = await Promise.all(burst.map((webhook) => send(webhook)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.events[0].eventKey)).size).toBe(200);
  });

  test('with thousands of employees is answered with all of them, and each is taken', async () => {
    const employees = Array.from({ length: 1_000 }, (_, index) => ({
      id: `many-${index}`,
      action: 'Created',
    }));
    const { status, body } = await send(signBambooHr({ employees }, new Date()));
    expect(status).toBe(200);
    expect(new Set(body.events.map(({ eventKey }: { eventKey: string }) => eventKey)).size).toBe(1_000);
    for (const { eventKey } of [body.events.at(0), body.events.at(500), body.events.at(-1)])
      await until(`${eventKey} to be looked at`, async () => {
        const response = await fetch(`${stack.apiUrl}/hr-events/${eventKey}`, { headers: key });
        const text = await response.text();
        return response.status === 200 && JSON.parse(text).state === 'needs-identity' ? true : undefined;
      });
  });

  test('has told no address and no secret in any log line', () => {
    const told = logged.filter((line) => /@example\.com|local-bamboohr|static-token|whsec_/.test(line));
    expect(told).toEqual([]);
  });
});

describe('the policy', () => {
  test('that is bad is refused, and the last good one stays in force', async () => {
    const service = BlobServiceClient.fromConnectionString(stack.azurite.connectionString);
    const blob = service.getContainerClient(CONTAINERS.policy).getBlockBlobClient('policy.yaml');
    const bad = 'version: 1\nrules:\n  - nome: x\n';
    await blob.upload(bad, bad.length);
    await until('the refusal', async () => {
      await outcome(standard('joiner', 'tony', { attributes: {} }));
      return logged.find((line) => line.includes('policy-refused') && line.includes('line 3'));
    });
    expect((await outcome(standard('joiner', 'alan'))).requestIds).toHaveLength(1);
    const health = await fetch(`${stack.apiUrl}/health/dependencies`, { headers: key });
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      dependencies: {
        policy: { ok: false, detail: expect.stringMatching(/the last good one stays .*line 3/s) },
      },
    });
  });
});
