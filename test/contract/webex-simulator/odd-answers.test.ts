import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import LinkHeader from 'http-link-header';
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

const CONSOLE = 'Webex Attendant Console';
const script = (fault: Fault) => client.ask('POST', '/control/faults', { body: fault });
const nextOf = (headers: { get(name: string): string | null }) =>
  LinkHeader.parse(headers.get('link') ?? '').rel('next')[0]?.uri;
const read = async (path: string) => (await client.ask('GET', path)).json();

describe('an answer is odd where that is scripted:', () => {
  test('counts as text, in one row and in all', async () => {
    await script({ path: '/licenses', effect: { kind: 'text-counts', rows: [1] } });
    const { items } = await read('/licenses');
    expect(items[0].totalUnits).toBe(250);
    expect(items[1]).toMatchObject({ totalUnits: '40', consumedUnits: '39', consumedByWorkspaces: '0' });
    await script({ path: '/licenses', times: 2, effect: { kind: 'text-counts' } });
    for (const row of (await read('/licenses')).items) expect(row.totalUnits).toMatch(/^\d+$/);
    expect((await read(`/licenses/${items[0].id}`)).totalUnits).toBe('250');
    expect((await read('/licenses')).items[0].totalUnits).toBe(250);
  });

  test('rows without id, and null or missing members', async () => {
    await script({ path: '/licenses/', times: 9, effect: { kind: 'odd-rows', rows: [0], omit: ['id'] } });
    const { users } = await read(`/licenses/${client.idOf('Screen Share')}?includeAssignedTo=user`);
    expect(users[0]).not.toHaveProperty('id');
    expect(users[1]).toHaveProperty('id');
    await script({
      path: '/people',
      effect: { kind: 'odd-rows', set: { licenses: null }, omit: ['siteUrls'] },
    });
    for (const person of (await read('/people')).items) {
      expect(person.licenses).toBeNull();
      expect(person).not.toHaveProperty('siteUrls');
    }
    await script({ path: '/people', effect: { kind: 'odd-members', omit: ['items'] } });
    expect(await read('/people')).toEqual({ notFoundIds: [] });
    await script({ path: '/people/me', effect: { kind: 'odd-members', set: { licenses: null } } });
    expect((await read('/people/me')).licenses).toBeNull();
  });

  test('account types in upper case', async () => {
    await script({ method: 'PATCH', effect: { kind: 'upper-case-account-types' } });
    const change = async (accountType: string) => {
      const body = {
        email: 'barbara@example.com',
        siteUrls: [{ siteUrl: 'acme-events.webex.com', accountType }],
      };
      return (await client.ask('PATCH', '/licenses/users', { body })).json().siteUrls;
    };
    const types = async (accountType: string) =>
      (await change(accountType)).map((site: { accountType: string }) => site.accountType);
    expect(await types('ATTENDEE')).toEqual(['HOST', 'ATTENDEE']);
    expect(await types('attendee')).toEqual(['host', 'attendee']);
  });

  test('a page without rows, before each page that follows', async () => {
    await script({ path: '/people', times: 2, effect: { kind: 'empty-page' } });
    const sizes: number[] = [];
    const seen = new Set<string>();
    let path: string | undefined = '/people?max=20';
    while (path !== undefined) {
      expect(seen.has(path)).toBe(false);
      seen.add(path);
      const { headers, json } = await client.ask('GET', path);
      sizes.push(json().items.length);
      path = nextOf(headers);
    }
    expect(sizes).toEqual([0, 0, 20, 4]);
  });

  test('a link to the next page that lost its query', async () => {
    const path = `/licenses/${client.idOf('Screen Share')}?includeAssignedTo=user&limit=10`;
    await script({ path: '/licenses/', effect: { kind: 'lost-query' } });
    const { headers } = await client.ask('GET', path);
    const next = nextOf(headers) ?? '';
    expect([...new URL(next).searchParams.keys()]).toEqual(['next']);
    expect(await read(next)).not.toHaveProperty('users');
    await script({ path: '/people', effect: { kind: 'lost-query', parameters: ['max'] } });
    const people = await client.ask('GET', '/people?max=10&excludeStatus=true');
    expect([...new URL(nextOf(people.headers) ?? '').searchParams.keys()]).toEqual([
      'excludeStatus',
      'before',
      'after',
    ]);
  });

  test('several at once, beside another fault, each for answers that can be so odd', async () => {
    await script({ times: 2, effect: { kind: 'odd-rows', rows: [0], omit: ['id'] } });
    await script({ effect: { kind: 'text-counts' } });
    await script({ effect: { kind: 'status', status: 503 } });
    expect((await client.ask('GET', '/licenses')).status).toBe(503);
    const [row] = (await read('/licenses')).items;
    expect(row).toMatchObject({ totalUnits: '250' });
    expect(row).not.toHaveProperty('id');
    const [later] = (await read('/licenses')).items;
    expect(later).toMatchObject({ totalUnits: 250 });
    expect(later).not.toHaveProperty('id');
    expect((await read('/licenses')).items[0]).toHaveProperty('id');
  });
});

describe('a 206', () => {
  const both = async () => {
    const { status, json } = await client.add('donald@example.com', ['Advanced Messaging', CONSOLE]);
    expect(status).toBe(206);
    return json();
  };

  test('has no reasons, as the public document says', async () => {
    expect(Object.keys(await both()).sort()).toEqual(['email', 'licenses', 'orgId', 'personId', 'siteUrls']);
  });

  test('has the reasons of a 400 where that is scripted, and a 200 has none', async () => {
    await script({ method: 'PATCH', times: 9, effect: { kind: 'errors-in-206' } });
    const { errors, licenses } = await both();
    expect(licenses).toContain(client.idOf('Advanced Messaging'));
    expect(errors).toEqual((await client.add('donald@example.com', [CONSOLE])).json().errors);
    expect(errors).toMatchObject([
      { errorCode: 400408, description: expect.stringContaining(client.idOf(CONSOLE)) },
    ]);
    expect((await client.add('ada@example.com', ['Advanced Messaging'])).json()).not.toHaveProperty('errors');
  });

  test('has the reasons of a scripted refusal, too', async () => {
    const failLicenseIds = [client.idOf('Webex Webinars 1000')];
    await script({ effect: { kind: 'partial', failLicenseIds, errorCode: 700004 } });
    await script({ method: 'PATCH', effect: { kind: 'errors-in-206' } });
    const { json } = await client.add('ada@example.com', ['Advanced Messaging', 'Webex Webinars 1000']);
    expect(json().errors).toMatchObject([{ errorCode: 700004 }]);
  });

  test.each([
    [null],
    ['no seats'],
    [{ code: 'X' }],
    [[]],
    [[null, 7, 'text']],
    [[{ errorCode: '400408', description: null }]],
    [[{ code: 1, reason: ['unknown'] }]],
  ])('has errors of an unknown shape where that is scripted: %j', async (errors) => {
    await script({ method: 'PATCH', effect: { kind: 'errors-in-206', errors } });
    const body = await both();
    expect(body.errors).toEqual(errors);
    expect(body).not.toHaveProperty('trackingId');
  });
});
