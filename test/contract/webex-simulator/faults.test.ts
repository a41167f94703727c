import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fault } from '../../../infra/local/webex/faults.ts';
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

const ADA = 'ada@example.com';
const MESSAGING = 'Advanced Messaging';

describe('a scripted fault', () => {
  test('that still skips leaves the request to the next', async () => {
    simulator.script({ skip: 1, effect: { kind: 'status', status: 503 } });
    simulator.script({ effect: { kind: 'status', status: 429 } });
    const statuses = [];
    for (const _ of [1, 2, 3]) statuses.push((await client.ask('GET', '/licenses')).status);
    expect(statuses).toEqual([429, 503, 200]);
  });

  test('is for requests about one license', async () => {
    simulator.script({ licenseId: client.idOf(MESSAGING), effect: { kind: 'status', status: 503 } });
    expect((await client.add(ADA, ['Webex Webinars 1000'])).status).toBe(200);
    expect((await client.add(ADA, [MESSAGING])).status).toBe(503);
  });

  test('is for a person, by address or by id', async () => {
    const personId = simulator.organization().people.get(ADA)?.id;
    simulator.script({ email: ADA, times: 3, effect: { kind: 'status', status: 503 } });
    expect((await client.ask('GET', '/people/me')).status).toBe(200);
    const body = { personId, licenses: [{ id: client.idOf(MESSAGING) }] };
    expect((await client.ask('PATCH', '/licenses/users', { body })).status).toBe(503);
    expect((await client.ask('GET', `/people/${personId}`)).status).toBe(503);
    expect((await client.ask('GET', '/people?email=ADA@example.com')).status).toBe(503);
  });

  test('of a change leaves other requests alone', async () => {
    simulator.script({ effect: { kind: 'not-applied' } });
    expect((await client.ask('GET', '/licenses')).json().items.length).toBeGreaterThan(0);
    const { status, json } = await client.add(ADA, [MESSAGING]);
    expect(status).toBe(200);
    expect(json().licenses).not.toContain(client.idOf(MESSAGING));
    expect(client.isHeld(ADA, MESSAGING)).toBe(false);
  });

  test('answers a body of any type, as it is', async () => {
    const effect = {
      kind: 'status',
      status: 503,
      body: 'upstream is away',
      contentType: 'text/plain',
    } as const;
    simulator.script({ effect });
    const { headers, text } = await client.ask('GET', '/licenses');
    expect({ type: headers.get('content-type'), text }).toEqual({
      type: 'text/plain',
      text: 'upstream is away',
    });
  });

  test.each([
    ['an undocumented code', 499_999, [{ errorCode: 499_999, description: expect.any(String) }]],
    ['no code', undefined, [{ description: expect.any(String) }]],
  ])('refuses a license sent alone with %s', async (_what, errorCode, errors) => {
    const failLicenseIds = [client.idOf(MESSAGING)];
    const effect = { kind: 'partial', failLicenseIds, ...(errorCode && { errorCode }) } as const;
    simulator.script({ times: 2, effect });
    const both = await client.add(ADA, [MESSAGING, 'Webex Webinars 1000']);
    expect(both.status).toBe(206);
    expect(both.json()).not.toHaveProperty('errors');
    const alone = await client.add(ADA, [MESSAGING]);
    expect(alone.status).toBe(400);
    expect(alone.json().errors).toEqual(errors);
  });

  test('is for the token endpoint too', async () => {
    simulator.script({ path: '/access_token', effect: { kind: 'status', status: 503 } });
    expect((await client.ask('POST', '/access_token')).status).toBe(503);
  });

  test.each<Fault['effect']>([
    { kind: 'status', status: 504, applied: true },
    { kind: 'html', status: 502, applied: true },
    { kind: 'malformed-json', applied: true },
    { kind: 'reset', applied: true },
    { kind: 'hang', applied: true },
  ])('follows a change that was applied: %j', async (effect) => {
    simulator.script({ method: 'PATCH', effect });
    const leaving = new AbortController();
    const answered = client.add(ADA, [MESSAGING], { signal: leaving.signal });
    if (effect.kind === 'hang') {
      while (!client.isHeld(ADA, MESSAGING)) await delay(5);
      leaving.abort();
    }
    await answered.then(
      ({ status }) => expect(status).toBe('status' in effect ? effect.status : 200),
      (error: Error) => expect(error.name).toMatch(/AbortError|FetchError/),
    );
    expect(client.isHeld(ADA, MESSAGING)).toBe(true);
  });

  test('keeps nothing waiting after the stop', async () => {
    const stopped = await startWebexSimulator();
    const { ask } = createClient(stopped);
    stopped.script({ path: '/licenses', effect: { kind: 'slow', delayMs: 600_000 } });
    stopped.script({ path: '/people', effect: { kind: 'hang' } });
    const answers = Promise.allSettled([ask('GET', '/licenses'), ask('GET', '/people?email=x@example.com')]);
    while (stopped.requests().length < 2) await delay(5);
    await stopped.stop();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
