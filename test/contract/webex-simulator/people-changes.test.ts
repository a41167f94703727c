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

const MESSAGING = 'Advanced Messaging';
const STANDARD = 'Webex Calling - Standard';
const create = (more: object = {}) =>
  client.ask('POST', '/people', { body: { emails: ['new@example.com'], displayName: 'New One', ...more } });

describe('a person who is created', () => {
  test('is there with the licenses that can be assigned, and without the others', async () => {
    const [locationId] = simulator.organization().locationIds;
    const licenses = [client.idOf(MESSAGING), client.idOf('Messenger'), client.idOf(STANDARD)];
    const created = await client.ask('POST', '/people?callingData=true', {
      body: {
        emails: ['new@example.com'],
        firstName: 'New',
        lastName: 'One',
        licenses,
        extension: '77',
        locationId,
      },
    });
    expect(created.status).toBe(200);
    const person = created.json();
    expect(person).toMatchObject({ displayName: 'New One', extension: '77', locationId });
    expect(person.licenses).toEqual(expect.arrayContaining([client.idOf(MESSAGING), client.idOf(STANDARD)]));
    expect(person.licenses).not.toContain(client.idOf('Messenger'));
    const { items } = (await client.ask('GET', '/people?email=new@example.com&callingData=true')).json();
    expect(items).toEqual([person]);
    expect((await client.add('new@example.com', ['Webex Webinars 1000'])).json().personId).toBe(person.id);
  });

  test('is told by the id alone where no more is asked for', async () => {
    const body = { emails: ['new@example.com'], displayName: 'New One' };
    const created = (await client.ask('POST', '/people?minResponse=true', { body })).json();
    expect(created).toEqual({ id: expect.any(String) });
  });

  test('has another id than one who was deleted with the same address', async () => {
    const { id } = (await client.ask('GET', '/people?email=grace@example.com')).json().items[0];
    const held = simulator.organization().licenses.get(client.idOf(MESSAGING))?.consumedUnits ?? 0;
    expect((await client.ask('DELETE', `/people/${id}`)).status).toBe(204);
    expect(simulator.organization().licenses.get(client.idOf(MESSAGING))?.consumedUnits).toBe(held - 1);
    expect((await client.ask('GET', `/people/${id}`)).status).toBe(404);
    expect((await client.add('grace@example.com', [MESSAGING])).status).toBe(404);
    const again = (await create({ emails: ['grace@example.com'] })).json();
    expect(again.id).not.toBe(id);
    expect((await client.add('grace@example.com', [MESSAGING])).json().personId).toBe(again.id);
    const body = { personId: id, licenses: [{ id: client.idOf(MESSAGING) }] };
    expect((await client.ask('PATCH', '/licenses/users', { body })).status).toBe(404);
  });

  test.each([
    [{ emails: ['ada@example.com'] }, 409],
    [{ emails: [] }, 400],
    [{ emails: ['no address'] }, 400],
    [{ displayName: undefined }, 400],
  ])('is refused as %j with %i', async (more, status) => {
    expect((await create(more)).status).toBe(status);
  });
});

describe('a person who is updated', () => {
  test('has the licenses that are named, and no others', async () => {
    const person = (await client.ask('GET', '/people?email=grace@example.com')).json().items[0];
    const kept = person.licenses.filter((id: string) => id !== client.idOf(MESSAGING));
    const update = (body: object) =>
      client.ask('PUT', `/people/${person.id}`, { body: { ...person, ...body } });
    expect((await update({ displayName: 'Grace Murray Hopper' })).json().licenses).toEqual(person.licenses);
    expect((await update({ licenses: undefined })).json().licenses).toEqual(person.licenses);
    const changed = (await update({ licenses: [...kept, client.idOf('Webex Webinars 1000')] })).json();
    expect(new Set(changed.licenses)).toEqual(new Set([...kept, client.idOf('Webex Webinars 1000')]));
    const refused = await update({ licenses: [] });
    expect(refused.status).toBe(400);
    expect(refused.json().errors).toMatchObject([{ errorCode: 700006 }]);
    expect(client.isHeld('grace@example.com', 'Webex Webinars 1000')).toBe(true);
  });

  test.each(['PUT', 'DELETE'])('is an employee who is known: %s answers 404 for others', async (method) => {
    const { id } = simulator.organization().people.get('partner@contractor.example.net') ?? {};
    const body = { emails: ['partner@contractor.example.net'] };
    for (const personId of [id, 'nobody'])
      expect((await client.ask(method, `/people/${personId}`, { body })).status).toBe(404);
  });
});
