import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import LinkHeader from 'http-link-header';
import fetch from 'node-fetch';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { readSavedOrganization, saveOrganization } from '../../infra/local/webex/saved-organization.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';

/** The simulator, asked over HTTP as any Webex client would. */
let simulator: WebexSimulator;
beforeAll(async () => {
  simulator = await startWebexSimulator();
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());

const authorization = 'Bearer local-admin-token';
async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { authorization },
) {
  const base = path.startsWith('/control') ? simulator.url : simulator.apiUrl;
  const url = path.startsWith('http') ? path : `${base}${path}`;
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: /^\{.*\}$/s.test(text) ? JSON.parse(text) : undefined,
  };
}
const idOf = (name: string) =>
  [...simulator.organization().licenses.values()].find((license) => license.name === name)?.id ?? '';
const change = (email: string, ...names: string[]) =>
  ask('PATCH', '/licenses/users', { email, licenses: names.map((name) => ({ id: idOf(name) })) });

describe('the simulated API', () => {
  test('wants its token', async () => {
    const { status, body } = await ask('GET', '/licenses', undefined, {});
    expect(status).toBe(401);
    expect(body).toMatchObject({
      message: expect.any(String),
      errors: [{ description: expect.any(String) }],
      trackingId: expect.any(String),
    });
  });

  test('echoes a tracking id twice, as live servers do', async () => {
    const { headers } = await ask('GET', '/licenses', undefined, { authorization, trackingid: 'mine' });
    expect(headers.get('trackingid')).toBe('mine, mine');
  });

  test('lists a catalogue with the oddities of a real one', async () => {
    const { items } = (await ask('GET', '/licenses')).body;
    const named = (name: string) => items.filter((item: { name: string }) => item.name === name);
    expect(
      named('Webex Calling - Professional').map((item: { subscriptionId: string }) => item.subscriptionId),
    ).toEqual(['Sub100448', 'Sub217703']);
    expect(named('Messenger')[0].totalUnits).toBe('20');
    expect(named('Screen Share')[0]).toMatchObject({
      consumedByUsers: null,
      totalUnits: 44,
      consumedUnits: 44,
    });
    expect(named('Screen Share')[0]).not.toHaveProperty('subscriptionId');
  });

  test('pages through those who hold a license', async () => {
    const emails: string[] = [];
    let next: string | undefined = `/licenses/${idOf('Screen Share')}?includeAssignedTo=user&limit=10`;
    let pages = 0;
    while (next !== undefined) {
      const { body, headers } = await ask('GET', next);
      emails.push(...body.users.map(({ email }: { email: string }) => email));
      next = LinkHeader.parse(headers.get('link') ?? '').rel('next')[0]?.uri;
      pages += 1;
    }
    expect(pages).toBe(3);
    expect(new Set(emails).size).toBe(simulator.organization().people.size);
    expect(
      (await ask('GET', `/licenses/${idOf('Screen Share')}?includeAssignedTo=user&limit=301`)).status,
    ).toBe(400);
    expect((await ask('GET', '/licenses/none')).status).toBe(404);
  });

  test('answers 200, 206 without errors, and 400 with them, and counts what is consumed', async () => {
    const consumed = () =>
      simulator.organization().licenses.get(idOf('Advanced Messaging'))?.consumedUnits ?? 0;
    const before = consumed();
    const partial = await change('ada@example.com', 'Advanced Messaging', 'Webex Attendant Console');
    expect(partial.status).toBe(206);
    expect(partial.body).not.toHaveProperty('errors');
    expect(partial.body.licenses).toContain(idOf('Advanced Messaging'));
    expect(partial.body.licenses).toContain(idOf('Screen Share'));
    expect((await change('ada@example.com', 'Advanced Messaging')).status).toBe(200);
    expect(consumed()).toBe(before + 1);
    const refused = await change('ada@example.com', 'Webex Attendant Console');
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ errorCode: 400408 }] } });
  });

  test('keeps what a person outside must accept as pending, and tells account types in upper case', async () => {
    const pending = await change('partner@contractor.example.net', 'Webex Meetings Suite');
    expect(pending.body.pendingLicenses).toContain(idOf('Webex Meetings Suite'));
    const site = { siteUrl: 'acme.webex.com', accountType: 'attendee' };
    const { body } = await ask('PATCH', '/licenses/users', { email: 'ada@example.com', siteUrls: [site] });
    expect(body.siteUrls).toEqual([{ siteUrl: 'acme.webex.com', accountType: 'ATTENDEE' }]);
  });

  test.each<[string, unknown, number]>([
    ['nobody', { licenses: [{ id: 'x' }] }, 400],
    ['somebody unknown', { email: 'nobody@example.com', licenses: [{ id: 'x' }] }, 404],
    ['nothing', { email: 'ada@example.com' }, 400],
    [
      'a host account',
      { email: 'ada@example.com', siteUrls: [{ siteUrl: 'acme.webex.com', accountType: 'host' }] },
      400,
    ],
    ['another organization', { email: 'ada@example.com', orgId: 'other', licenses: [{ id: 'x' }] }, 403],
  ])('refuses a change for %s', async (_what, body, status) => {
    expect((await ask('PATCH', '/licenses/users', body)).status).toBe(status);
  });

  test('knows a late person only after some looks', async () => {
    addPerson(simulator.organization(), { email: 'late@example.com', unknownLooks: 2 });
    expect((await change('late@example.com', 'Advanced Messaging')).status).toBe(404);
    expect((await ask('GET', '/people?email=late@example.com')).body.items).toEqual([]);
    expect((await change('late@example.com', 'Advanced Messaging')).status).toBe(200);
    const { body } = await ask('GET', '/people?email=LATE@example.com');
    expect((await ask('GET', `/people/${body.items[0].id}`)).body.licenses).toContain(
      idOf('Advanced Messaging'),
    );
  });

  test('limits the rate before it does anything', async () => {
    expect((await ask('PUT', '/control/rate-limit', { requests: 1, perSeconds: 60 })).status).toBe(200);
    await ask('GET', '/licenses');
    const limited = await change('ada@example.com', 'Advanced Messaging');
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(
      simulator.organization().people.get('ada@example.com')?.licenses.has(idOf('Advanced Messaging')),
    ).toBe(false);
  });

  test('gives out access tokens for the refresh token', async () => {
    const refresh = async (token: string) => {
      const form = {
        grant_type: 'refresh_token',
        client_id: 'local-client-id',
        client_secret: 'local-client-secret',
        refresh_token: token,
      };
      const response = await fetch(`${simulator.apiUrl}/access_token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      return { status: response.status, body: JSON.parse(await response.text()) };
    };
    const { status, body } = await refresh('local-refresh-token');
    expect({ status, type: body.token_type }).toEqual({ status: 200, type: 'Bearer' });
    expect(
      (await ask('GET', '/licenses', undefined, { authorization: `Bearer ${body.access_token}` })).status,
    ).toBe(200);
    expect((await refresh('wrong')).status).toBe(400);
  });

  test('is scripted and read back over its control routes', async () => {
    const fault = {
      method: 'PATCH',
      email: 'Ada@example.com',
      times: 1,
      effect: { kind: 'status', status: 503, retryAfter: 'rand(30),add(30)', applied: true },
    };
    expect((await ask('POST', '/control/faults', fault)).status).toBe(200);
    expect((await ask('POST', '/control/faults', { effect: { kind: 'none' } })).status).toBe(400);
    expect((await change('grace@example.com', 'Advanced Messaging')).status).toBe(200);
    const faulty = await change('ada@example.com', 'Advanced Messaging');
    expect({ status: faulty.status, retryAfter: faulty.headers.get('retry-after') }).toEqual({
      status: 503,
      retryAfter: 'rand(30),add(30)',
    });
    expect((await change('ada@example.com', 'Advanced Messaging')).status).toBe(200);
    const { items } = (await ask('GET', '/control/requests')).body;
    expect(
      items.map(({ method, status }: { method: string; status: number }) => `${method} ${status}`),
    ).toEqual(['PATCH 200', 'PATCH 503', 'PATCH 200']);
    expect(JSON.stringify(items)).not.toContain('local-admin-token');
    await ask('PUT', '/control/people', { email: 'new@example.com', unknownLooks: 0 });
    const { people } = (await ask('GET', '/control/organization')).body;
    expect(people.map(({ email }: { email: string }) => email)).toContain('new@example.com');
  });

  test.each([
    [{ kind: 'malformed-json' }, 200],
    [{ kind: 'html', status: 502 }, 502],
    [{ kind: 'not-applied' }, 200],
    [{ kind: 'slow', delayMs: 20 }, 200],
  ] as const)('answers badly: %j', async (effect, status) => {
    simulator.script({ effect });
    expect((await change('ada@example.com', 'Advanced Messaging')).status).toBe(status);
  });

  test('breaks the connection', async () => {
    simulator.script({ effect: { kind: 'reset' } });
    await expect(change('ada@example.com', 'Advanced Messaging')).rejects.toThrow();
  });

  test('lets one license of several fail', async () => {
    simulator.script({
      effect: { kind: 'partial', failLicenseIds: [idOf('Advanced Messaging')], errorCode: 400413 },
    });
    const { status, body } = await change('ada@example.com', 'Advanced Messaging', 'Webex Webinars 1000');
    expect(status).toBe(206);
    expect(body.licenses).not.toContain(idOf('Advanced Messaging'));
  });

  test('is kept between runs, as it was', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seatline-saved-'));
    const path = join(folder, 'webex.json');
    expect(await readSavedOrganization(path)).toBeUndefined();
    await change('ada@example.com', 'Advanced Messaging');
    await saveOrganization(path, simulator.organization());
    expect(await readSavedOrganization(path)).toEqual(simulator.organization());
    await rm(folder, { recursive: true });
  });
});
