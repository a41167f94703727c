import { readFile } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { startWebexSimulator, type WebexSimulator } from '../../../infra/local/webex/simulator.ts';
import { createParts } from '../../parts.ts';
import { createClient } from './client.ts';

/** The answers of the simulator beside the public document: no member that it does not name, no other type. */
let simulator: WebexSimulator;
let client: ReturnType<typeof createClient>;
let document: Record<string, unknown>;
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
  client = createClient(simulator);
  const text = await readFile(new URL('./openapi-schemas.json', import.meta.url), 'utf8');
  document = JSON.parse(text, (_name, value: unknown) =>
    isObject(value) && 'properties' in value ? { ...value, additionalProperties: false } : value,
  );
});
beforeEach(() => simulator.reset());

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an answer has otherwise than the document says. */
const differences = (name: string, body: unknown) =>
  z.fromJSONSchema({ ...document, $ref: `#/$defs/${name}` }).safeParse(body).error?.issues ?? [];

const idOf = (email: string) => simulator.organization().people.get(email)?.id ?? '';
const change = (email: string, licenses: readonly object[], siteUrls: readonly object[] = []) =>
  client.ask('PATCH', '/licenses/users', { body: { email, licenses, siteUrls } });

describe('the simulator, held against the public document, differs in nothing', () => {
  test('for the catalogue and for each license', async () => {
    const { items } = (await client.ask('GET', '/licenses')).json();
    expect(items.length).toBeGreaterThan(10);
    expect(differences('LicenseCollectionResponse', { items })).toEqual([]);
    for (const { id } of items) {
      expect(differences('License', (await client.ask('GET', `/licenses/${id}`)).json())).toEqual([]);
    }
  });

  test('for those who hold a license, people outside the organization among them', async () => {
    const email = 'partner@contractor.example.net';
    await client.add(email, ['Webex Meetings Suite']);
    const path = `/licenses/${client.idOf('Webex Meetings Suite')}?includeAssignedTo=user`;
    const body = (await client.ask('GET', path)).json();
    expect(body.users).toContainEqual(expect.objectContaining({ email, type: 'EXTERNAL' }));
    expect(differences('LicensewithUsers', body)).toEqual([]);
  });

  test.each(['', '?callingData=true', '?excludeStatus=true', '?displayName=A', '?email=grace@example.com'])(
    'for GET /people%s',
    async (query) => {
      const body = (await client.ask('GET', `/people${query}`)).json();
      expect(body.items.length).toBeGreaterThan(0);
      expect(differences('PersonCollectionResponse', body)).toEqual([]);
    },
  );

  test('for people by id, known or not, and for one person', async () => {
    const id = idOf('alan@example.com');
    const list = (await client.ask('GET', `/people?id=${id},nobody`)).json();
    expect(list).toMatchObject({ items: [{ id }], notFoundIds: ['nobody'] });
    expect(differences('PersonCollectionResponse', list)).toEqual([]);
    const outside = idOf('partner@contractor.example.net');
    for (const path of [
      `/people/${id}`,
      `/people/${id}?callingData=true`,
      '/people/me',
      `/people/${outside}`,
    ]) {
      expect(differences('Person', (await client.ask('GET', path)).json())).toEqual([]);
    }
  });

  test('for a change that is done, done in part, and pending', async () => {
    const site = { siteUrl: 'acme.webex.com', accountType: 'attendee' };
    const messaging = { id: client.idOf('Advanced Messaging') };
    const meetings = { id: client.idOf('Webex Meetings Suite') };
    const answers = [
      await change('ada@example.com', [messaging], [site]),
      await change('grace@example.com', [meetings, { id: client.idOf('Webex Attendant Console') }]),
      await change(
        'partner@contractor.example.net',
        [meetings],
        [{ ...site, siteUrl: 'acme-events.webex.com' }],
      ),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 206, 200]);
    for (const { json } of answers) expect(differences('UserLicensesResponse', json())).toEqual([]);
    expect(answers[0]?.json().siteUrls).toEqual([site]);
  });

  test.each([
    ['GET', '/nowhere', undefined],
    ['GET', '/people?max=none', undefined],
    ['GET', '/licenses?orgId=other', undefined],
    ['PATCH', '/licenses/users', {}],
    ['PATCH', '/licenses/users', { email: 'ada@example.com', licenses: [{ id: 'none' }] }],
    ['PATCH', '/licenses/users', { email: 'nobody@example.com', licenses: [{ id: 'none' }] }],
  ])('for the refusal of %s %s with %j', async (method, path, body) => {
    const { status, json } = await client.ask(method, path, { body });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(differences('ErrorResponse', json())).toEqual([]);
  });
});

describe('the comparison with the public document', () => {
  test.each([
    ['a count as text', 'License', { totalUnits: '20' }],
    ['null in place of a count', 'License', { consumedByUsers: null }],
    ['an account type in upper case', 'SiteResponse', { accountType: 'ATTENDEE' }],
    ['a member that is not named', 'PersonCollectionResponse', { items: [{ colour: 'red' }] }],
    ['an unknown error code', 'ErrorResponse', { errors: [{ errorCode: 1 }] }],
  ])('finds %s', (_what, name, body) => {
    expect(differences(name, body)).toHaveLength(1);
  });
});
