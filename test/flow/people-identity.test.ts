import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';
import { json } from './use-app.ts';

/** Who somebody is to the worker: by the people snapshot of a run that is over, and by what Webex answers since. */
const LICENSE = 'Advanced Messaging';
const [EMAIL, ALIAS] = ['many@example.com', 'many.names@example.com'];
const idOf = (number: string) =>
  Buffer.from(`ciscospark://us/PEOPLE/5e1ec7ed-0000-4000-8000-0000000000${number}`)
    .toString('base64')
    .replace(/=+$/, '');
const [MANY, FIRST, SECOND] = [idOf('01'), idOf('02'), idOf('03')];
let stack: AppStack;
const started = createParts();
beforeAll(async () => {
  stack = await started(startApp());
  addPerson(organization(), { email: EMAIL, aliases: [ALIAS], id: MANY });
  addPerson(organization(), { email: 'moved@example.com', id: FIRST });
  const { headers } = await fetch(`${stack.apiUrl}/inventory/runs`, { method: 'POST', headers: json });
  await untilState(headers.get('location') ?? '', 'complete');
});
beforeEach(() => stack.simulator.clearRequests());

const untilState = (location: string, state: string) =>
  until(`${location} ${state}`, async () => {
    const answer = await fetch(new URL(location, stack.apiUrl).href, { headers: json });
    return JSON.parse(await answer.text()).state === state ? state : undefined;
  });

async function post(person: object, license: string, operation: 'add' | 'remove' = 'add'): Promise<string> {
  const body = JSON.stringify({ person, licenses: [{ license, operation }] });
  const url = `${stack.apiUrl}/license-requests`;
  const { headers } = await fetch(url, { method: 'POST', headers: json, body });
  return headers.get('location') ?? '';
}
const ask = async (person: object, operation: 'add' | 'remove' = 'add') =>
  untilState(await post(person, LICENSE, operation), 'succeeded');
const lookUps = () =>
  stack.simulator.requests().filter(({ method, path }) => method === 'GET' && path.startsWith('/people'));
const organization = () => stack.simulator.organization();
const holds = (email: string) =>
  [...(organization().people.get(email)?.licenses ?? [])].some(
    (id) => organization().licenses.get(id)?.name === LICENSE,
  );

describe('the worker', () => {
  test('knows all names of a person whom the people snapshot has, without a call to Webex', async () => {
    await ask({ email: ALIAS.toUpperCase() });
    expect(holds(EMAIL)).toBe(true);
    await ask({ personId: MANY }, 'remove');
    await ask({ email: EMAIL });
    expect(lookUps()).toEqual([]);
    expect(holds(EMAIL)).toBe(true);
  });

  test('looks an address up once that the people snapshot lacks, and sends by address what Webex does not list', async () => {
    addPerson(organization(), { email: 'new@example.com', aliases: ['newer@example.com'] });
    addPerson(organization(), { email: 'guest@elsewhere.example', isExternal: true });
    await ask({ email: 'new@example.com' });
    await ask({ email: 'newer@example.com' }, 'remove');
    expect(lookUps()).toHaveLength(1);
    await post({ email: 'guest@elsewhere.example' }, 'Webex Meetings Suite');
    const { pendingLicenses } = organization().people.get('guest@elsewhere.example') ?? {};
    await until('a pending license', async () => (pendingLicenses?.size ? true : undefined));
  });

  test('gives the license to the person who has the address now, not to the one who had it in the snapshot', async () => {
    organization().people.delete('moved@example.com');
    addPerson(organization(), { email: 'renamed@example.com', id: FIRST });
    addPerson(organization(), { email: 'moved@example.com', id: SECOND });
    await ask({ email: 'moved@example.com' });
    expect([holds('moved@example.com'), holds('renamed@example.com')]).toEqual([true, false]);
    await ask({ personId: FIRST });
    await ask({ email: 'moved@example.com' }, 'remove');
    expect([holds('moved@example.com'), holds('renamed@example.com')]).toEqual([false, true]);
    const asked = lookUps().filter(({ query }) => query.email === 'moved@example.com');
    expect(asked).toHaveLength(1);
  });
});
