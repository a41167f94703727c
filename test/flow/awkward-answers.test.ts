import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import type { Fault } from '../../infra/local/webex/faults.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createApp } from '../../src/app.ts';
import { toDelivery } from '../../src/platform/queue-delivery.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { encodeWorkMessage } from '../../src/requests/queue-message.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { TABLES } from '../../src/storage/names.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';

/** What the request store has after each awkward answer of Webex. */
let stack: AppStack;
let simulator: WebexSimulator;

const started = createParts();
beforeAll(async () => {
  stack = await started(startApp());
  simulator = stack.simulator;
});
beforeEach(() => simulator.reset());

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const app = (more: Record<string, string> = {}) =>
  createApp({
    AzureWebJobsStorage: stack.azurite.connectionString,
    WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
    WEBEX_API_URL: simulator.apiUrl,
    WEBEX_TIMEOUT_SECONDS: '1',
    RETRY_BASE_SECONDS: '8',
    INVENTORY_SCHEDULE: '0 0 5 * * *',
    SWEEP_SCHEDULE: '0 * * * * *',
    ...more,
  });
const storage = () =>
  createStorageClients({ kind: 'connection-string', connectionString: stack.azurite.connectionString });
const requestStore = () => createTableRequestStore(storage(), 86_400_000);

let count = 0;
async function accept(licenses: readonly string[], siteUrls: readonly object[] = []): Promise<StoredRequest> {
  count += 1;
  const email = `awkward-${count}@example.com`;
  addPerson(simulator.organization(), { email });
  const request = licenseRequestSchema.parse({
    person: { email },
    licenses: licenses.map((license) => ({ license })),
    siteUrls,
  });
  const record = acceptRequest(`awkward-${count}`, request, { at: new Date(), instance: 'test' });
  const [added] = await requestStore().add([record]);
  if (!added) throw new Error('nothing was added');
  return added.record;
}

/** One look at the request, by an app that has just started, and knows of no pause. */
async function look(record: StoredRequest, by = app()): Promise<StoredRequest> {
  const { requestId } = record;
  const pace = await storage().table(TABLES.pace);
  await pace.createTable();
  for await (const { partitionKey = '', rowKey = '' } of pace.listEntities()) {
    await pace.deleteEntity(partitionKey, rowKey);
  }
  await by.perform(JSON.parse(encodeWorkMessage([record])), toDelivery({ id: 'message' }), silent);
  const now = await requestStore().read(requestId);
  if (now === undefined) throw new Error(`${requestId} is gone`);
  return now;
}

const limited = (retryAfter?: string, status = 429): Fault['effect'] => ({
  kind: 'status',
  status,
  ...(retryAfter !== undefined && { retryAfter }),
});
const inAMinute = () => new Date(Date.now() + 60_000).toUTCString();

/** An app that has just started reads the catalogue, and looks up the new address. */
const BEFORE_A_CHANGE = ['GET /licenses 200', 'GET /people 200'];
/** In their order. Later readings of the catalogue are the sweep's, which compares it with the policy each minute. */
const calls = () =>
  simulator
    .requests()
    .map(({ method, path, status }) => [method, ...(method === 'GET' ? [path] : []), status].join(' '))
    .filter((call, index, all) => call !== 'GET /licenses 200' || all.indexOf(call) === index);

/** The answer; what the request waits for; for how many seconds, at least and at most; and the condition. */
const AWKWARD: readonly (readonly [string, () => Fault['effect'], string, number, number, string])[] = [
  ['429 with seconds', () => limited('7'), 'rate-limited', 6, 7, 'rate-limited'],
  ['429 without a header', () => limited(), 'rate-limited', 14, 15, 'rate-limited'],
  ['429 with a date', () => limited(inAMinute()), 'rate-limited', 57, 60, 'rate-limited'],
  ['429 with a fraction', () => limited('2.5'), 'rate-limited', 1.5, 2.5, 'rate-limited'],
  ['429 with garbage', () => limited('rand(30),add(30)'), 'rate-limited', 14, 15, 'rate-limited'],
  ['423', () => limited(undefined, 423), 'rate-limited', 14, 15, 'rate-limited'],
  ['500', () => ({ kind: 'status', status: 500 }), 'webex-unavailable', 3, 8, 'webex-unavailable'],
  ['502 with HTML', () => ({ kind: 'html', status: 502 }), 'webex-unavailable', 3, 8, 'webex-unavailable'],
  ['503', () => ({ kind: 'status', status: 503 }), 'webex-unavailable', 3, 8, 'webex-unavailable'],
  ['a reset', () => ({ kind: 'reset' }), 'webex-unavailable', 3, 8, 'no-answer'],
  ['no answer', () => ({ kind: 'hang' }), 'webex-unavailable', 3, 8, 'no-answer'],
  ['truncated JSON', () => ({ kind: 'malformed-json' }), 'webex-unavailable', 3, 8, 'unreadable-answer'],
  [
    'a 200 that is not JSON',
    () => ({ kind: 'html', status: 200 }),
    'webex-unavailable',
    3,
    8,
    'unreadable-answer',
  ],
];

describe('after', () => {
  test.each(AWKWARD)(
    '%s a request waits, says for what and why, and ends when Webex is well',
    async (...row) => {
      const [, toEffect, waitingFor, minSeconds, maxSeconds, condition] = row;
      simulator.script({ method: 'PATCH', effect: toEffect() });
      const accepted = await accept(['Advanced Messaging']);
      const waiting = await look(accepted);
      expect(waiting).toMatchObject({ state: 'waiting', waiting: { for: waitingFor } });
      expect(waiting.history.at(-1)?.detail).toBe(condition);
      // Waiting for the rate counts no attempt.
      expect(waiting.attempts).toBe(waitingFor === 'rate-limited' ? 0 : 1);
      const seconds = ((waiting.waiting?.until.getTime() ?? 0) - waiting.updatedAt.getTime()) / 1_000;
      expect(seconds).toBeGreaterThanOrEqual(minSeconds);
      expect(seconds).toBeLessThanOrEqual(maxSeconds);
      expect(await look(waiting)).toMatchObject({ state: 'succeeded', results: [{ result: 'assigned' }] });
    },
  );

  test('206 a request is done in part, and says what was refused and why', async () => {
    const { licenses } = simulator.organization();
    const refused = [...licenses.values()].find(({ kind }) => kind === 'webinars');
    if (!refused) throw new Error('no license of webinars');
    refused.totalUnits = 100;
    const effect: Fault['effect'] = { kind: 'partial', failLicenseIds: [refused.id], errorCode: 700004 };
    simulator.script({ method: 'PATCH', times: 2, effect });
    const ended = await look(await accept(['Advanced Messaging', refused.name]));
    expect(ended).toMatchObject({
      state: 'partial',
      results: [{ result: 'assigned' }, { result: 'failed', code: 700004, condition: expect.any(String) }],
      failure: { condition: expect.any(String), detail: expect.any(String) },
    });
    expect(calls()).toEqual([...BEFORE_A_CHANGE, 'PATCH 206', 'PATCH 400']);
  });

  const idOf = (name: string) =>
    [...simulator.organization().licenses.values()].find((license) => license.name === name)?.id ?? '';
  const patches = () =>
    simulator.requests().flatMap(({ method, status }) => (method === 'PATCH' ? [status] : []));

  /** What a 206 may say beside what the person holds, where `id` failed. */
  const REASONS: readonly (readonly [string, (id: string) => object])[] = [
    ['a list', (id) => ({ errors: [{ errorCode: 400_777, description: 'not allowed', licenseId: id }] })],
    ['other names', (id) => ({ errors: [{ code: '400777', message: 'not allowed', license: { id } }] })],
    [
      'the id in the text',
      (id) => ({ errors: [{ errorCode: 400_777, description: `not allowed: ${id}.` }] }),
    ],
    [
      'several ids',
      (id) => ({ errors: [{ errorCode: 400_777, description: 'not allowed', licenses: [id] }] }),
    ],
    ['an object by id', (id) => ({ errors: { [id]: { code: 400_777, reason: 'not allowed' } } })],
    ['lists by id', (id) => ({ errors: { [id]: [{ errorCode: 400_777, description: 'not allowed' }] } })],
    [
      'a member of its own',
      (id) => ({ failedLicenses: [{ id, errorCode: 400_777, message: 'not allowed' }] }),
    ],
    [
      'rows with errors',
      (id) => ({ licenses: [{ id, errors: [{ errorCode: 400_777, description: 'not allowed' }] }] }),
    ],
    [
      "another gateway's",
      (id) => ({ error: { message: [{ code: 400_777, description: `not allowed: ${id}` }] } }),
    ],
  ];

  async function lookAtPartial(toMore: (id: string) => object) {
    const [given, refused] = [idOf('Advanced Messaging'), idOf('Messenger')];
    const accepted = await accept(['Advanced Messaging', 'Messenger']);
    const email = accepted.request?.person.email ?? '';
    const person = simulator.organization().people.get(email);
    person?.licenses.add(given);
    const body = { email, licenses: [...(person?.licenses ?? [])], siteUrls: [], ...toMore(refused) };
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 206, body } });
    return look(accepted);
  }

  test.each(REASONS)(
    '206 with its reasons as %s no single call asks for them again',
    async (_shape, toMore) => {
      const ended = await lookAtPartial(toMore);
      expect(ended).toMatchObject({
        state: 'partial',
        results: [{ result: 'assigned' }, { result: 'failed', condition: 'refused', code: 400_777 }],
      });
      expect(ended.results[1]?.detail).toContain('not allowed');
      expect(patches()).toEqual([206]);
    },
  );

  test.each<[string, (id: string) => object]>([
    ['a text', () => ({ errors: 'Ada Lovelace was not found' })],
    ['a number', () => ({ errors: 7 })],
    ['nothing', () => ({ errors: null })],
    ['no item', () => ({ errors: [{ errorCode: 400_777, description: 'not allowed' }] })],
    ['another item', (id) => ({ errors: [{ errorCode: 400_777, licenseId: `${id}x`, description: id }] })],
    ['no reason', (id) => ({ errors: [{ licenseId: id }] })],
    ['what may pass', (id) => ({ errors: [{ errorCode: 503, licenseId: id, description: 'busy' }] })],
  ])('206 that tells %s of errors the reason is asked for by a single call', async (_shape, toMore) => {
    const ended = await lookAtPartial(toMore);
    expect(ended).toMatchObject({
      state: 'partial',
      results: [{ result: 'assigned' }, { result: 'failed', condition: 'messenger-not-managed' }],
    });
    expect(patches()).toEqual([206, 400]);
    expect(JSON.stringify(ended)).not.toContain('Lovelace');
  });

  test.each<[string, object, boolean, string]>([
    ['and was applied', {}, true, 'assigned'],
    ['and was not applied', {}, false, 'failed'],
    ['but null', { licenses: null, siteUrls: null }, true, 'assigned'],
    ['but rows of another kind', { licenses: [{ id: 'x' }] }, true, 'assigned'],
  ])(
    '200 that does not tell the licenses %s the person is looked up',
    async (_what, body, applied, result) => {
      simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 200, body, applied } });
      const ended = await look(await accept(['Advanced Messaging']));
      expect(ended.results).toMatchObject([{ result }]);
      expect(calls()).toEqual([...BEFORE_A_CHANGE, 'PATCH 200', 'GET /people 200']);
    },
  );

  test('200 that names a site without its account type the person is looked up', async () => {
    const body = { licenses: [], siteUrls: [{ siteUrl: 'ACME.webex.com' }] };
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 200, body, applied: true } });
    const accepted = await accept([], [{ siteUrl: 'acme.webex.com', operation: 'remove' }]);
    expect((await look(accepted)).results).toMatchObject([{ result: 'removed' }]);
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 200, body, applied: true } });
    const added = await accept([], [{ siteUrl: 'acme.webex.com', operation: 'add' }]);
    expect((await look(added)).results).toMatchObject([{ result: 'assigned' }]);
  });

  test('the refresh token has ended a request says so and what to do, also where the app pauses itself', async () => {
    const ended = app({
      WEBEX_CLIENT_ID: 'local-client-id',
      WEBEX_CLIENT_SECRET: 'local-client-secret',
      WEBEX_REFRESH_TOKEN: 'an-ended-refresh-token',
    });
    const waiting = {
      for: 'paused',
      condition: 'refresh-token-refused',
      detail: expect.stringContaining('Authorize the Service App again, and set WEBEX_REFRESH_TOKEN.'),
    };
    const first = await look(await accept(['Advanced Messaging']), ended);
    expect(first).toMatchObject({ state: 'waiting', waiting });
    expect(await look(first, ended)).toMatchObject({ state: 'waiting', waiting });
    const other = await look(await accept(['Advanced Messaging']), ended);
    expect(other).toMatchObject({ state: 'waiting', waiting });
    expect(other.history.at(-1)?.detail).toBe('refresh-token-refused: not sent');
    const warned: unknown[] = [];
    await ended.sweep({ ...silent, warn: (event, fields) => warned.push([event, fields]) });
    expect(warned).toContainEqual([
      'webex-access-alarm',
      { condition: 'refresh-token-refused', detail: expect.stringContaining('Authorize') },
    ]);
    const health = await ended.health();
    expect(JSON.stringify(health.jsonBody)).toContain('refresh-token-refused');
    expect(JSON.stringify(health.jsonBody)).toContain('Authorize the Service App again');
    expect(await look(other)).toMatchObject({ state: 'succeeded' });
  });

  test('a refusal that quotes people a request keeps its code and what is known of its text, and no person', async () => {
    const description =
      'User Ada Lovelace (ada.l@example.com, +1 408 555-0100) could not be assigned, see Grace Hopper at extension 4711';
    const body = { message: 'Ada Lovelace', errors: [{ errorCode: 400_999, description }] };
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 400, body } });
    const ended = await look(await accept(['Advanced Messaging']));
    expect(ended).toMatchObject({
      state: 'failed',
      results: [{ code: 400_999, detail: expect.stringContaining('could not be assigned') }],
    });
    for (const quoted of ['Ada', 'Lovelace', 'ada.l', '408', '0100', 'Grace', 'Hopper', '4711'])
      expect(JSON.stringify(ended)).not.toContain(quoted);
  });
});
