import { beforeAll, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson, type Organization } from '../../infra/local/webex/organization.ts';
import { run } from '../built.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** Who holds what, as callers and the command read it from the built app. */
let stack: AppStack;
let organization: Organization;
const started = createParts();
beforeAll(async () => {
  stack = await started(startApp());
  organization = stack.simulator.organization();
  addPerson(organization, {
    email: 'many@example.com',
    aliases: ['Many.Names@example.com'],
    displayName: 'Many Names',
    licenses: [idOf('Advanced Messaging')],
  });
});

const idOf = (name: string) => [...organization.licenses.values()].find((one) => one.name === name)?.id ?? '';
const read = async (path: string, key = LOCAL_FUNCTION_KEY) => {
  const response = await fetch(`${stack.apiUrl}/${path}`, { headers: { 'x-functions-key': key } });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text && JSON.parse(text) };
};
const seatline = (...args: string[]) => run('cli/seatline.js', args, { SEATLINE_URL: stack.apiUrl }).ended;

describe('before any run', () => {
  test('nobody is known, and no file is there: the answer says why', async () => {
    for (const path of [
      'people/many@example.com',
      'licenses/Advanced%20Messaging/users',
      'inventory/latest/licenses.json',
    ]) {
      const { status, body } = await read(path);
      expect({ path, status, detail: body.detail }).toMatchObject({
        status: 404,
        detail: expect.stringMatching(/No inventory run .*: start one/),
      });
    }
    expect((await read('inventory/latest/constructor')).body.detail).toMatch(/^They are manifest.json/);
  });

  test('the catalogue is there with free seats, by id and by name, for those with a key', async () => {
    const { status, body } = await read('licenses');
    expect(status).toBe(200);
    expect(body.items).toHaveLength(organization.licenses.size);
    const suite = await read('licenses/webex%20%20SUITE');
    expect(suite.body).toMatchObject({
      id: idOf('Webex Suite'),
      freeUnits: expect.any(Number),
      isPool: true,
    });
    expect((await read(`licenses/${idOf('Webex Suite')}`)).body).toEqual(suite.body);
    expect(await read('licenses/none')).toMatchObject({ status: 404 });
    const ambiguous = await read('licenses/Webex%20Calling%20-%20Professional');
    expect(ambiguous).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('(Sub100448)') },
    });
    for (const path of ['licenses', 'people/many@example.com', 'inventory/latest/licenses.csv'])
      expect((await read(path, 'wrong')).status).toBe(401);
  });
});

describe('after a run', () => {
  beforeAll(async () => {
    const { code } = await seatline('inventory', 'run', '--wait');
    expect(code).toBe(0);
  });

  test('a person is found by each address and by the id in each spelling, with what they held', async () => {
    const { id = '' } = organization.people.get('many@example.com') ?? {};
    const byEmail = await read('people/many@example.com');
    expect(byEmail).toMatchObject({
      status: 200,
      body: { personId: id, emails: ['many@example.com', 'many.names@example.com'], type: 'INTERNAL' },
    });
    expect(byEmail.body.licenses).toContainEqual({
      id: idOf('Advanced Messaging'),
      name: 'Advanced Messaging',
    });
    expect(Date.parse(byEmail.body.readAt)).toBeLessThan(Date.now());
    expect(byEmail.headers.get('cache-control')).toBe('no-store');
    const uuid = Buffer.from(id, 'base64').toString().split('/').at(-1);
    for (const name of ['MANY.names@EXAMPLE.com', id, `${id}==`, uuid])
      expect((await read(`people/${encodeURIComponent(name ?? '')}`)).body).toEqual(byEmail.body);
    const unknown = await read('people/nobody@example.com');
    expect(unknown).toMatchObject({ status: 404, body: { type: 'urn:seatline:problem:unknown-person' } });
  });

  test('the holders of a license are those who hold it, and a cursor is one that a page gave', async () => {
    const id = idOf('Advanced Messaging');
    const { body } = await read(`licenses/${id}/users`);
    const holders = [...organization.people.values()].filter(
      ({ licenses, pendingLicenses }) => licenses.has(id) || pendingLicenses.has(id),
    );
    const emails = body.items.map((user: { emails: string[] }) => user.emails[0]);
    expect([...emails].sort()).toEqual(holders.map(({ email }) => email).sort());
    expect(body).toMatchObject({ license: { id, name: 'Advanced Messaging' }, readAt: expect.any(String) });
    for (const next of ['odd', 'no-run.0.0'])
      expect((await read(`licenses/${id}/users?next=${next}`)).status).toBe(400);
  });

  test('the command shows licenses, a person, and the files of the inventory', async () => {
    const licenses = await seatline('licenses');
    expect(licenses.out).toMatch(/LICENSE +FREE +USED +TOTAL/);
    expect(licenses.out).toContain('Webex Suite');
    const shown = await seatline('licenses', 'show', 'Advanced Messaging');
    expect(shown.out).toContain('many@example.com');
    const who = await seatline('who', 'many.names@example.com');
    expect(who).toMatchObject({ code: 0, out: expect.stringContaining('license  Advanced Messaging') });
    expect(await seatline('who', 'nobody@example.com')).toMatchObject({ code: 1 });
    expect((await seatline('inventory', 'show')).out).toContain('Webex Suite');
    expect((await seatline('inventory', 'get', '--csv')).out).toMatch(/^id,name,type,/);
    expect(JSON.parse((await seatline('inventory', 'get')).out)).toMatchObject({ schemaVersion: 1 });
    expect((await seatline('inventory', 'diff')).err).toContain('There is no run before it');
  });

  test('the command shows what changed since the run before', async () => {
    const holder = [...organization.people.values()].find(({ email }) => email === 'many@example.com');
    holder?.licenses.delete(idOf('Advanced Messaging'));
    await seatline('inventory', 'run', '--wait');
    const { out } = await until('the diff', () => seatline('inventory', 'diff'));
    expect(out).toMatch(/changed +Advanced Messaging.* 1 person lost it/);
  });
});
