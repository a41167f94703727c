import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import LinkHeader from 'http-link-header';
import { generateOrganization } from '../../../infra/local/webex/generated-organization.ts';
import { addPerson } from '../../../infra/local/webex/organization.ts';
import { startWebexSimulator, type WebexSimulator } from '../../../infra/local/webex/simulator.ts';
import { createParts } from '../../parts.ts';
import { authorization, createClient } from './client.ts';

let simulator: WebexSimulator;
let client: ReturnType<typeof createClient>;
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
  client = createClient(simulator);
});
beforeEach(() => simulator.reset());

const nextOf = (headers: { get(name: string): string | null }) =>
  LinkHeader.parse(headers.get('link') ?? '').rel('next')[0]?.uri;

describe('the routes of the simulated API', () => {
  test.each([
    ['GET', '/nowhere', 404],
    ['POST', '/nowhere', 404],
    ['GET', '/licenses/a/b', 404],
    ['GET', '/licenses/%E0%A4%A', 404],
    ['GET', '/people/%E0%A4%A', 404],
    ['DELETE', '/licenses', 405],
    ['GET', '/licenses?orgId=other', 403],
    ['GET', '/people?email=ada@example.com&orgId=other', 403],
  ])('%s %s is %i, with an error document', async (method, path, status) => {
    const answer = await client.ask(method, path);
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({
      message: expect.any(String),
      errors: [{ description: expect.any(String) }],
      trackingId: answer.headers.get('trackingid'),
    });
  });

  test.each(['local-admin-token', 'Basic local-admin-token', 'Bearer other', 'Bearer '])(
    'refuse the authorization "%s"',
    async (wrong) => {
      expect((await client.ask('GET', '/licenses', { headers: { authorization: wrong } })).status).toBe(401);
    },
  );

  test('tell the tracking id twice in the header, and once in an error document', async () => {
    const { headers, json } = await client.ask('GET', '/nowhere', {
      headers: { authorization, trackingid: 'mine' },
    });
    expect(headers.get('trackingid')).toBe('mine, mine');
    expect(json().trackingId).toBe('mine');
  });

  test('link to the next page at the origin that the client asked', async () => {
    const base = simulator.apiUrl.replace('127.0.0.1', 'localhost');
    const path = `/licenses/${client.idOf('Screen Share')}?includeAssignedTo=user&limit=2`;
    const { headers } = await client.ask('GET', path, {
      headers: { authorization, host: new URL(base).host },
    });
    expect(headers.get('link')).toMatch(/^<[^>]+>; rel="next"$/);
    expect(nextOf(headers)?.startsWith(base)).toBe(true);
  });

  test('list several people by id, without those who are nobody', async () => {
    const ids = ['ada@example.com', 'grace@example.com'].map(
      (email) => simulator.organization().people.get(email)?.id,
    );
    const { items } = (await client.ask('GET', `/people?id=${[...ids, 'nobody'].join(',')}`)).json();
    expect(items.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect((await client.ask('GET', '/people/me')).json().emails).toEqual(['ada@example.com']);
  });

  test('tell what a person holds by the person, by the address, and not by a list of ids', async () => {
    const id = simulator.organization().people.get('barbara@example.com')?.id;
    const told = { licenses: expect.any(Array), siteUrls: ['acme.webex.com'] };
    expect((await client.ask('GET', `/people/${id}`)).json()).toMatchObject(told);
    expect((await client.ask('GET', '/people?email=barbara@example.com')).json().items).toEqual([
      expect.objectContaining(told),
    ]);
    const [person] = (await client.ask('GET', `/people?id=${id}&callingData=true`)).json().items;
    expect(person).toMatchObject({ id, emails: ['barbara@example.com'] });
    for (const member of ['licenses', 'siteUrls', 'roles', 'locationId', 'extension'])
      expect(person).not.toHaveProperty(member);
  });

  test('do not list a late person among the holders of a license', async () => {
    addPerson(simulator.organization(), { email: 'late@example.com', unknownLooks: 1 });
    const path = `/licenses/${client.idOf('Screen Share')}?includeAssignedTo=user`;
    const emails = async () =>
      (await client.ask('GET', path)).json().users.map(({ email }: { email: string }) => email);
    expect(await emails()).not.toContain('late@example.com');
    await client.ask('GET', '/people?email=late@example.com');
    expect(await emails()).toContain('late@example.com');
  });

  test('page through thousands of holders, each once, while others join', async () => {
    const large = await startWebexSimulator({
      createOrganization: () => generateOrganization({ people: 2_000, licenses: 8, seed: 1 }),
    });
    try {
      const { ask, idOf } = createClient(large);
      const sizes: number[] = [];
      const emails = new Set<string>();
      let next: string | undefined = `/licenses/${idOf('Screen Share')}?includeAssignedTo=user`;
      while (next !== undefined) {
        const { headers, json } = await ask('GET', next);
        const { users } = json();
        sizes.push(users.length);
        for (const { email } of users) emails.add(email);
        addPerson(large.organization(), { email: `joins-${sizes.length}@example.com` });
        next = nextOf(headers);
      }
      expect(sizes).toEqual([300, 300, 300, 300, 300, 300, 200]);
      expect(emails.size).toBe(2_000);
    } finally {
      await large.stop();
    }
  });
});
