import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startWebexSimulator, type WebexSimulator } from '../../../infra/local/webex/simulator.ts';
import { PARTNER_TOKEN } from '../../../infra/local/webex/tokens.ts';
import { createParts } from '../../parts.ts';
import { createClient } from './client.ts';

let simulator: WebexSimulator;
let ask: ReturnType<typeof createClient>['ask'];
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
  ({ ask } = createClient(simulator));
});
beforeEach(() => simulator.reset());

const headers = { authorization: `Bearer ${PARTNER_TOKEN}` };
const customer = () => {
  const [, globex] = simulator.organizations();
  if (!globex) throw new Error('no customer');
  return globex;
};
const licenseOf = (name: string) => {
  const license = [...customer().licenses.values()].find((other) => other.name === name);
  if (!license) throw new Error(`no ${name}`);
  return license;
};
const emailsOf = async (query: string) => {
  const { items } = (await ask('GET', `/people?${query}`, { headers })).json();
  return items.flatMap(({ emails }: { emails: string[] }) => emails);
};

describe('an organization that a partner manages', () => {
  test('has people and licenses of its own, which no other lists', async () => {
    const { id: orgId } = customer();
    const { items } = (await ask('GET', `/licenses?orgId=${orgId}`, { headers })).json();
    expect(items.map(({ id }: { id: string }) => id)).toEqual([...customer().licenses.keys()]);
    expect(await emailsOf(`orgId=${orgId}`)).toContain('marie@globex.example.com');
    expect(await emailsOf('')).not.toContain('marie@globex.example.com');
    expect(await emailsOf('email=marie@globex.example.com')).toEqual([]);
    expect(await emailsOf(`email=marie@globex.example.com&orgId=${orgId}`)).toHaveLength(1);
  });

  test.each([
    ['its id', (id: string) => id],
    ['its id, padded', (id: string) => `${id}=`],
    ['its uuid', (id: string) => Buffer.from(id, 'base64').toString().split('/').at(-1) ?? ''],
  ])('is named by %s', async (_what, spell) => {
    const orgId = encodeURIComponent(spell(customer().id));
    expect((await ask('GET', `/licenses?orgId=${orgId}`, { headers })).json().items[0].id).toBe(
      [...customer().licenses.keys()][0],
    );
  });

  test('tells its licenses and people by their ids, too', async () => {
    const { id } = licenseOf('Advanced Messaging');
    const path = `/licenses/${id}?includeAssignedTo=user`;
    const { users } = (await ask('GET', path, { headers })).json();
    expect(users).toMatchObject([{ email: 'marie@globex.example.com' }]);
    const person = (await ask('GET', `/people/${users[0].id}`, { headers })).json();
    expect(person).toMatchObject({ orgId: customer().id, licenses: expect.arrayContaining([id]) });
  });

  test('is changed where a request names it', async () => {
    const { id } = licenseOf('Advanced Messaging');
    const body = { email: 'lise@globex.example.com', licenses: [{ id }] };
    expect((await ask('PATCH', '/licenses/users', { headers, body })).status).toBe(404);
    const named = { ...body, orgId: customer().id };
    const { status, json } = await ask('PATCH', '/licenses/users', { headers, body: named });
    expect(status).toBe(200);
    expect(json()).toMatchObject({ orgId: customer().id, licenses: expect.arrayContaining([id]) });
    const own = { email: 'ada@example.com', licenses: [{ id }] };
    expect((await ask('PATCH', '/licenses/users', { headers, body: own })).json().errors[0].errorCode).toBe(
      400000,
    );
  });

  test('is closed to the administrator of another', async () => {
    const { id: orgId } = customer();
    const license = licenseOf('Advanced Messaging').id;
    const personId = customer().people.get('marie@globex.example.com')?.id;
    const body = { personId, orgId, licenses: [{ id: license }] };
    const statuses = await Promise.all([
      ask('GET', `/licenses?orgId=${orgId}`),
      ask('GET', `/people?orgId=${orgId}`),
      ask('PATCH', '/licenses/users', { body }),
      ask('GET', `/licenses/${license}`),
      ask('GET', `/people/${personId}`),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([403, 403, 403, 404, 404]);
    expect((await ask('GET', '/licenses?orgId=none', { headers })).status).toBe(403);
  });

  test('knows an employee of another as a person outside', async () => {
    const [own, , initech] = simulator.organizations();
    expect(own?.id).toBe(simulator.organization().id);
    const { id } = licenseOf('Webex Meetings Suite');
    const email = 'emmy@initech.example.com';
    const body = { email, orgId: customer().id, licenses: [{ id }] };
    const changed = (await ask('PATCH', '/licenses/users', { headers, body })).json();
    expect(changed).toMatchObject({ licenses: [], pendingLicenses: [id] });
    expect(changed.orgId).not.toBe(customer().id);
    const person = (await ask('GET', `/people/${changed.personId}`, { headers })).json();
    expect(person).toMatchObject({ orgId: initech?.id, licenses: expect.any(Array) });
    await ask('POST', '/control/accept', { body: { email, orgId: customer().id } });
    const again = (await ask('PATCH', '/licenses/users', { headers, body })).json();
    expect(again).toMatchObject({ licenses: [id], pendingLicenses: [] });
    const { users } = (await ask('GET', `/licenses/${id}?includeAssignedTo=user`, { headers })).json();
    expect(users).toMatchObject([{ email, type: 'EXTERNAL' }]);
  });
});

describe('the control routes of organizations', () => {
  const wanted = {
    name: 'Hooli',
    licenses: [
      { name: 'Basic Messaging', kind: 'messaging-basic', totalUnits: 7 },
      { name: 'Advanced Messaging', kind: 'messaging', totalUnits: 3, subscriptionId: 'Sub9' },
    ],
    people: [{ email: 'gavin@hooli.example.com', licenses: ['Advanced Messaging'] }],
  };

  test('add one that a partner can use at once, and drop it at a reset', async () => {
    const { id: orgId } = (await ask('PUT', '/control/organizations', { body: wanted })).json();
    const { items } = (await ask('GET', `/licenses?orgId=${orgId}`, { headers })).json();
    expect(items).toMatchObject([
      { name: 'Basic Messaging', totalUnits: 7, consumedUnits: 7 },
      { name: 'Advanced Messaging', totalUnits: 3, consumedUnits: 1 },
    ]);
    const body = { email: 'nelson@hooli.example.com', orgId, licenses: ['Advanced Messaging'] };
    expect((await ask('PUT', '/control/people', { body })).status).toBe(200);
    expect(await emailsOf(`orgId=${orgId}`)).toEqual(['gavin@hooli.example.com', 'nelson@hooli.example.com']);
    const count = async () => (await ask('GET', '/control/organizations')).json().items.length;
    expect(await count()).toBe(4);
    simulator.reset();
    expect(await count()).toBe(3);
  });

  test.each([
    ['PUT', '/control/organizations', { ...wanted, name: 'ACME' }],
    ['PUT', '/control/organizations', { ...wanted, people: [{ email: 'a@b.co', licenses: ['none'] }] }],
    ['PUT', '/control/people', { email: 'a@b.co', orgId: 'none' }],
    ['PUT', '/control/people', { email: 'a@b.co', isExternal: true, licenses: ['Advanced Messaging'] }],
    ['POST', '/control/accept', { email: 'ada@example.com' }],
  ])('refuse %s %s of %j', async (method, path, body) => {
    expect((await ask(method, path, { body })).status).toBe(400);
  });

  test("make another token a partner's, and those that are given out for the first one's", async () => {
    const statusFor = async (token: string) => {
      const authorization = `Bearer ${token}`;
      return (await ask('GET', `/licenses?orgId=${customer().id}`, { headers: { authorization } })).status;
    };
    expect([await statusFor('other'), await statusFor('local-admin-token')]).toEqual([401, 403]);
    for (const accessToken of ['other', 'local-admin-token'])
      await ask('PUT', '/control/tokens', { body: { accessToken, isPartner: true } });
    expect([await statusFor('other'), await statusFor('local-admin-token')]).toEqual([200, 200]);
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'local-client-id',
      client_secret: 'local-client-secret',
      refresh_token: 'local-refresh-token',
    });
    const { access_token: refreshed } = (await ask('POST', '/access_token', { body, headers: {} })).json();
    expect(await statusFor(refreshed)).toBe(200);
    simulator.reset();
    expect(await statusFor('local-admin-token')).toBe(403);
  });
});
