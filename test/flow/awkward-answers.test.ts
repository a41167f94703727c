import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LOCAL_TOKEN, type Stack, startStack } from '../../infra/local/stack.ts';
import type { Fault } from '../../infra/local/webex/faults.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createApp } from '../../src/app.ts';
import { toDelivery } from '../../src/contract/delivery.ts';
import { licenseRequestSchema } from '../../src/contract/license-request.ts';
import { TABLES } from '../../src/contract/names.ts';
import { encodeTicket } from '../../src/contract/queue-message.ts';
import { acceptRequest } from '../../src/ledger/accept.ts';
import type { StoredEntry } from '../../src/ledger/entry.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTableLedger } from '../../src/storage/table-ledger.ts';
import { createParts } from '../parts.ts';

/** What the ledger says after each awkward answer of Webex. */
let stack: Stack;
let simulator: WebexSimulator;

const started = createParts();
beforeAll(async () => {
  stack = await started(startStack());
  if (!stack.simulator) throw new Error('no simulator');
  simulator = stack.simulator;
}, 60_000);
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
const ledger = () => createTableLedger(storage(), 86_400_000);

let count = 0;
async function accept(licenses: readonly string[]): Promise<StoredEntry> {
  count += 1;
  const email = `awkward-${count}@example.com`;
  addPerson(simulator.organization(), { email });
  const request = licenseRequestSchema.parse({
    person: { email },
    licenses: licenses.map((license) => ({ license })),
  });
  const entry = acceptRequest(`awkward-${count}`, request, { at: new Date(), instance: 'test' });
  const [added] = await ledger().add([entry]);
  if (!added) throw new Error('nothing was added');
  return added.entry;
}

/** One look at the request, by an app that has just started, and knows of no pause. */
async function look(entry: StoredEntry, by = app()): Promise<StoredEntry> {
  const { requestId } = entry;
  const pace = await storage().table(TABLES.pace);
  await pace.createTable();
  for await (const { partitionKey = '', rowKey = '' } of pace.listEntities()) {
    await pace.deleteEntity(partitionKey, rowKey);
  }
  await by.perform(JSON.parse(encodeTicket([entry])), toDelivery({ id: 'message' }), silent);
  const now = await ledger().read(requestId);
  if (now === undefined) throw new Error(`${requestId} is gone`);
  return now;
}

const limited = (retryAfter?: string, status = 429): Fault['effect'] => ({
  kind: 'status',
  status,
  ...(retryAfter !== undefined && { retryAfter }),
});
const inAMinute = () => new Date(Date.now() + 60_000).toUTCString();

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
    expect(simulator.requests().flatMap(({ status }) => status)).toEqual([200, 206, 400]);
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
    await ended.reportAccess({ ...silent, warn: (event, fields) => warned.push([event, fields]) });
    expect(warned).toEqual([
      [
        'webex-access-alarm',
        { condition: 'refresh-token-refused', detail: expect.stringContaining('Authorize') },
      ],
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
