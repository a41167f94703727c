import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import LinkHeader from 'http-link-header';
import { generateOrganization } from '../../../infra/local/webex/generated-organization.ts';
import { addPerson } from '../../../infra/local/webex/organization.ts';
import { startWebexSimulator, type WebexSimulator } from '../../../infra/local/webex/simulator.ts';
import { createParts } from '../../parts.ts';
import { createClient } from './client.ts';

interface Listed {
  readonly id: string;
  readonly emails: readonly string[];
  readonly extension?: string;
}

const PEOPLE = 1_250;
const ADMIN_ROLE = Buffer.from('ciscospark://us/ROLE/id_full_admin').toString('base64').replace(/=+$/, '');

let simulator: WebexSimulator;
let large: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
  const createOrganization = () => generateOrganization({ people: PEOPLE, licenses: 8, seed: 1 });
  large = await started(startWebexSimulator({ createOrganization }));
});
beforeEach(() => {
  simulator.reset();
  large.reset();
});

const nextOf = (headers: { get(name: string): string | null }) =>
  LinkHeader.parse(headers.get('link') ?? '').rel('next')[0]?.uri;

/** All pages of a list, by their links. */
async function readPages(of: WebexSimulator, query: string, between: (page: number) => void = () => {}) {
  const pages: Listed[][] = [];
  const links: URL[] = [];
  let path: string | undefined = `/people${query}`;
  while (path !== undefined) {
    const { headers, json } = await createClient(of).ask('GET', path);
    pages.push(json().items);
    path = nextOf(headers);
    if (path !== undefined) links.push(new URL(path));
    between(pages.length);
  }
  return { pages, links, sizes: pages.map(({ length }) => length) };
}

describe('GET /people', () => {
  test.each([
    ['', 100, 13],
    ['?max=1000', 1_000, 2],
    ['?max=5000', 1_000, 2],
    ['?max=400', 400, 4],
    ['?max=1000&callingData=true', 100, 13],
    ['?max=1000&callingData=True', 100, 13],
    ['?max=1250&excludeStatus=true', 1_000, 2],
  ])('%s lists each person once, %i a page', async (query, size, count) => {
    const { pages, sizes } = await readPages(large, query);
    expect(sizes).toHaveLength(count);
    expect(new Set(sizes.slice(0, -1))).toEqual(new Set([size]));
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(PEOPLE);
  });

  test('links to the next page with the last person beside the first query', async () => {
    const { pages, links } = await readPages(large, '?max=500&excludeStatus=true&displayName=person');
    expect(links).toHaveLength(2);
    for (const [index, { searchParams }] of links.entries()) {
      expect(Object.fromEntries(searchParams)).toEqual({
        max: '500',
        excludeStatus: 'true',
        displayName: 'person',
        before: '',
        after: pages[index]?.at(-1)?.id,
      });
    }
  });

  test('goes on after a person who has left meanwhile, and lists those who join', async () => {
    const { people } = large.organization();
    const { pages } = await readPages(large, '?max=500', (page) => {
      const [last] = [...people.values()].slice(page * 500 - page, page * 500 - page + 1);
      if (last) people.delete(last.email);
      addPerson(large.organization(), { email: `joins-${page}@example.com` });
    });
    const emails = pages.flat().flatMap((person) => person.emails);
    expect(new Set(emails).size).toBe(emails.length);
    expect(emails).toContain('joins-1@example.com');
    expect(emails.length).toBeGreaterThanOrEqual(PEOPLE);
  });

  test.each(['max=0', 'max=-1', 'max=ten', 'max=1.5', 'after=nobody'])('refuses %s', async (query) => {
    expect((await createClient(large).ask('GET', `/people?${query}`)).status).toBe(400);
  });

  test('lists the people of a location, 50 a page', async () => {
    const [locationId = ''] = large.organization().locationIds;
    const there = [...large.organization().people.values()].slice(0, 120);
    for (const person of there) Object.assign(person, { locationId, extension: '1' });
    const { pages, sizes } = await readPages(large, `?locationId=${locationId}&max=1000`);
    expect(sizes).toEqual([50, 50, 20]);
    expect(pages.flat().map(({ id }) => id)).toEqual(there.map(({ id }) => id));
  });

  test.each([
    ['?displayName=ada', ['ada@example.com']],
    ['?displayName=Ada%20Love', ['ada@example.com']],
    ['?displayName=lovelace', []],
    [`?roles=other,${ADMIN_ROLE}`, ['ada@example.com']],
    ['?email=ADA@example.com', ['ada@example.com']],
    ['?email=nobody@example.com', []],
    ['?email=partner@contractor.example.net', []],
  ])('%s lists %j', async (query, emails) => {
    const { pages } = await readPages(simulator, query);
    expect(pages.flat().flatMap((person) => person.emails)).toEqual(emails);
  });

  test('leaves out people outside the organization and people who are late, and counts no look-up', async () => {
    addPerson(simulator.organization(), { email: 'late@example.com', unknownLooks: 1 });
    for (const query of ['', '?max=1000']) {
      const { pages } = await readPages(simulator, query);
      const emails = pages.flat().flatMap((person) => person.emails);
      expect(emails).not.toContain('late@example.com');
      expect(emails).not.toContain('partner@contractor.example.net');
      expect(emails).toHaveLength(simulator.organization().people.size - 2);
    }
  });

  test('tells extension and location with callingData only', async () => {
    const { ask } = createClient(simulator);
    const { id, extension, locationId } = simulator.organization().people.get('alan@example.com') ?? {};
    expect(extension).toBeDefined();
    for (const path of ['/people?email=alan@example.com', `/people/${id}`, '/people?displayName=Alan']) {
      const read = async (query: string) => {
        const body = (await ask('GET', `${path}${query}`)).json();
        return body.items ? body.items[0] : body;
      };
      const more = path.includes('?') ? '&' : '?';
      expect(await read('')).not.toHaveProperty('extension');
      expect(await read('')).not.toHaveProperty('locationId');
      expect(await read(`${more}callingData=true`)).toMatchObject({ extension, locationId });
    }
  });

  test('leaves out presence where it is not asked for', async () => {
    const [told, untold] = await Promise.all(
      ['', '&excludeStatus=true'].map(
        async (more) => (await readPages(simulator, `?email=grace@example.com${more}`)).pages[0]?.[0],
      ),
    );
    expect(told).toMatchObject({ status: 'inactive', lastActivity: expect.any(String) });
    expect(untold).not.toHaveProperty('status');
    expect(untold).not.toHaveProperty('lastActivity');
    expect(untold).toHaveProperty('licenses');
  });

  test('finds a person by any address, to read and to change', async () => {
    const { ask, add, isHeld } = createClient(simulator);
    const body = {
      email: 'new@example.com',
      aliases: ['Old@example.com'],
      lastActivity: '2026-11-01T00:00:00Z',
    };
    await ask('PUT', '/control/people', { body });
    const [person] = (await ask('GET', '/people?email=OLD@example.com')).json().items;
    expect(person).toMatchObject({
      emails: ['new@example.com', 'old@example.com'],
      lastActivity: '2026-11-01T00:00:00Z',
    });
    expect((await add('old@example.com', ['Advanced Messaging'])).json()).toMatchObject({
      personId: person.id,
      email: 'new@example.com',
    });
    expect(isHeld('new@example.com', 'Advanced Messaging')).toBe(true);
    await ask('PUT', '/control/people', { body: { email: 'new@example.com' } });
    expect((await ask('GET', '/people?email=old@example.com')).json().items).toEqual([]);
  });

  test('takes up to 85 ids', async () => {
    const { ask } = createClient(large);
    const ids = [...large.organization().people.values()].map(({ id }) => id);
    const { items } = (await ask('GET', `/people?id=${ids.slice(0, 85)}`)).json();
    expect(items).toHaveLength(85);
    expect((await ask('GET', `/people?id=${ids.slice(0, 86)}`)).status).toBe(400);
    const each = ids.slice(0, 3).map((id) => `id=${id}`);
    expect((await ask('GET', `/people?${each.join('&')}`)).json().items).toHaveLength(3);
  });

  test('of a person outside the organization tells no more than who it is', async () => {
    const { ask } = createClient(simulator);
    const { id } = simulator.organization().people.get('partner@contractor.example.net') ?? {};
    const person = (await ask('GET', `/people/${id}`)).json();
    expect(person).toMatchObject({ id, emails: ['partner@contractor.example.net'] });
    expect(person.orgId).not.toBe(simulator.organization().id);
    for (const member of ['licenses', 'siteUrls', 'roles', 'status'])
      expect(person).not.toHaveProperty(member);
    expect((await ask('GET', `/people?id=${id}`)).json()).toEqual({ items: [], notFoundIds: [id] });
  });
});
