import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startWebexSimulator, type WebexSimulator } from '../../../infra/local/webex/simulator.ts';
import { createParts } from '../../parts.ts';
import { createClient } from './client.ts';

let simulator: WebexSimulator;
let client: ReturnType<typeof createClient>;
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
  client = createClient(simulator);
});
beforeEach(() => simulator.reset());

const STANDARD = 'Webex Calling - Standard';
const PROFESSIONAL = 'Webex Calling - Professional';

describe('what the simulated organization keeps', () => {
  test.each([
    ['the removal first', (items: object[]) => items],
    ['the addition first', (items: object[]) => [...items].reverse()],
  ])('is the line of the new Calling license, with %s', async (_what, order) => {
    const [locationId] = simulator.organization().locationIds;
    const items = [
      { id: client.idOf(STANDARD), operation: 'remove' },
      { id: client.idOf(PROFESSIONAL), properties: { locationId, extension: '4711' } },
    ];
    const body = { email: 'alan@example.com', licenses: order(items) };
    expect((await client.ask('PATCH', '/licenses/users', { body })).status).toBe(200);
    const [person] = (await client.ask('GET', '/people?email=alan@example.com&callingData=true')).json()
      .items;
    expect(person).toMatchObject({ extension: '4711', locationId });
    expect(person.licenses).not.toContain(client.idOf(STANDARD));
  });

  test('leaves the site of a person outside pending', async () => {
    const { json } = await client.add('partner@contractor.example.net', ['Webex Meetings Suite']);
    expect(json()).toMatchObject({
      siteUrls: [],
      pendingSiteUrls: [{ siteUrl: 'acme.webex.com', accountType: 'host' }],
    });
  });

  test('lets a pool be overdrawn in silence', async () => {
    const webinars = simulator.organization().licenses.get(client.idOf('Webex Webinars 1000'));
    expect(webinars).toMatchObject({ totalUnits: 5, consumedUnits: 5 });
    expect((await client.add('ada@example.com', ['Webex Webinars 1000'])).status).toBe(200);
    expect(webinars?.consumedUnits).toBe(6);
  });

  test('takes a person with licenses of its catalogue only', async () => {
    const put = (licenses: string[]) =>
      client.ask('PUT', '/control/people', { body: { email: 'new@example.com', licenses } });
    expect((await put(['no such id'])).status).toBe(400);
    expect(simulator.organization().people.has('new@example.com')).toBe(false);
    expect((await put([client.idOf('Advanced Messaging')])).status).toBe(200);
    expect(client.isHeld('new@example.com', 'Advanced Messaging')).toBe(true);
  });

  test('knows a person after a time', async () => {
    await client.ask('PUT', '/control/people', { body: { email: 'late@example.com', unknownMs: 1_000 } });
    expect((await client.add('late@example.com', ['Advanced Messaging'])).status).toBe(404);
    let status = 404;
    while (status === 404) {
      await delay(20);
      ({ status } = await client.add('late@example.com', ['Advanced Messaging']));
    }
    expect(status).toBe(200);
  });
});

describe('the request log', () => {
  test('is in the order in which requests came, whenever they are answered', async () => {
    simulator.script({ path: '/licenses', effect: { kind: 'slow', delayMs: 1_000 } });
    const slow = client.ask('GET', '/licenses');
    while (simulator.requests().length === 0) await delay(5);
    await client.ask('GET', '/people?email=ada@example.com');
    expect(simulator.requests().map(({ path, status }) => [path, status])).toEqual([
      ['/licenses', undefined],
      ['/people', 200],
    ]);
    await slow;
    expect(simulator.requests()[0]).toMatchObject({ path: '/licenses', status: 200 });
    expect(simulator.requests()[0]?.durationMs).toBeGreaterThanOrEqual(995);
  });
});

describe('a simulator started with options', () => {
  test('limits the rate, after a reset too', async () => {
    const limited = await startWebexSimulator({ rateLimit: { requests: 1, perSeconds: 60 } });
    try {
      const { ask } = createClient(limited);
      const statuses = async () => [
        (await ask('GET', '/licenses')).status,
        (await ask('GET', '/licenses')).status,
      ];
      expect(await statuses()).toEqual([200, 429]);
      limited.reset();
      expect(await statuses()).toEqual([200, 429]);
    } finally {
      await limited.stop();
    }
  });

  test('gives out a refresh token for one use only', async () => {
    const rotating = await startWebexSimulator({ rotatesRefreshTokens: true });
    try {
      const { ask } = createClient(rotating);
      const refresh = (refreshToken: string) =>
        ask('POST', '/access_token', {
          body: new URLSearchParams({
            grant_type: 'refresh_token',
            client_id: 'local-client-id',
            client_secret: 'local-client-secret',
            refresh_token: refreshToken,
          }),
          headers: {},
        });
      const first = (await refresh('local-refresh-token')).json();
      expect((await refresh('local-refresh-token')).status).toBe(400);
      const { status, json } = await refresh(first.refresh_token);
      expect(status).toBe(200);
      const headers = { authorization: `Bearer ${json().access_token}` };
      const { exp } = (await ask('GET', '/authorizations/tokenExpiry', { headers })).json();
      expect(exp).toBeGreaterThan(Date.now());
    } finally {
      await rotating.stop();
    }
  });
});
