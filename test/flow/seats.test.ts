import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import type { LocalHost } from '../../infra/local/host/host.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { requestSchema, type ShownRequest } from '../../src/cli/request-text.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** Seats of licenses, over two hosts of the built app on one storage. */
let stack: AppStack;
let other: LocalHost;
let simulator: WebexSimulator;

const WEBINARS = 'Webex Webinars 1000';
const settings = {
  RETRY_BASE_SECONDS: '1',
  CATALOGUE_MAX_AGE_SECONDS: '0',
  NO_SEATS_BY_LICENSE: JSON.stringify({
    'Webex Attendant Console': 'reject',
    'Advanced Messaging': 'overage',
  }),
};

const started = createParts();
beforeAll(async () => {
  stack = await started(startApp({ settings }));
  other = await stack.startAnotherHost();
  simulator = stack.simulator;
});
beforeEach(() => simulator.reset());

const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
let serial = 0;
const toId = (name: string) => {
  serial += 1;
  return `${name}-${serial}`;
};

async function submit(email: string, licenses: readonly object[], host: LocalHost = stack.host) {
  const requestId = toId(email.split('@')[0] ?? '');
  const body = JSON.stringify({ requestId, person: { email }, licenses });
  const { status } = await fetch(`${host.url}/api/license-requests`, { method: 'POST', headers, body });
  expect(status).toBe(202);
  return requestId;
}
const waitFor = (requestId: string, isWanted: (request: ShownRequest) => boolean): Promise<ShownRequest> =>
  until(requestId, async () => {
    const response = await fetch(`${stack.apiUrl}/license-requests/${requestId}`, { headers });
    const request = requestSchema.parse(await response.json());
    return isWanted(request) ? request : undefined;
  });
const isWaiting = ({ waiting }: ShownRequest) => waiting?.for === 'no-seats';
const isIn = (state: string) => (request: ShownRequest) => request.state === state;

function poolOf(name: string, free: number) {
  const license = [...simulator.organization().licenses.values()].find((one) => one.name === name);
  if (license === undefined) throw new Error(`no license ${name}`);
  license.totalUnits = license.consumedUnits + free;
  return license;
}
const newPeople = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => {
    const email = `${name}${index}@example.com`;
    addPerson(simulator.organization(), { email });
    return email;
  });
const add = (license: string) => [{ license }];
const remove = (license: string) => [{ license, operation: 'remove' }];
const sweep = () =>
  fetch(`${stack.host.url}/admin/functions/sweep`, {
    method: 'POST',
    headers: { 'x-functions-key': LOCAL_MASTER_KEY, 'content-type': 'application/json' },
    body: '{}',
  });

describe('the last seats', () => {
  test('are taken once each, whichever instance asks, and whoever comes too late waits', async () => {
    const pool = poolOf('Webex Suite', 12);
    const people = newPeople(40, 'racer');
    const ids = await Promise.all(
      people.map((email, index) => submit(email, add(pool.name), index % 2 === 0 ? stack.host : other)),
    );
    const ended = await Promise.all(
      ids.map((id) => waitFor(id, (one) => isWaiting(one) || one.state === 'succeeded')),
    );
    // A call to Webex that is not answered counts as an attempt; to wait for a seat does not.
    const toUnanswered = ({ history }: ShownRequest) =>
      history.filter(({ detail }) => detail === 'no-answer').length;
    expect(ended.filter(isWaiting).filter((one) => one.attempts > toUnanswered(one))).toEqual([]);
    // A seat that is just being used may count twice for a moment: whoever was told to wait for it goes on.
    const done = await until('all seats in use', async () => {
      const now = await Promise.all(ids.map((id) => waitFor(id, (one) => one.state !== 'working')));
      const holders = now.filter(isIn('succeeded'));
      if (holders.length < 12) await sweep();
      return holders.length >= 12 && now.filter(isWaiting).length === 28 ? holders : undefined;
    });
    expect(done).toHaveLength(12);
    expect(pool.consumedUnits).toBe(pool.totalUnits);
  });

  test('of a leaver goes to whoever waits for the longest', async () => {
    poolOf(WEBINARS, 0);
    const waiting: string[] = [];
    for (const email of newPeople(3, 'queue')) {
      const id = await submit(email, add(WEBINARS), waiting.length === 1 ? other : stack.host);
      await waitFor(id, isWaiting);
      waiting.push(id);
    }
    const leaver = await submit('shafi@example.com', remove(WEBINARS), other);
    await waitFor(leaver, isIn('succeeded'));
    const [first = '', ...others] = waiting;
    await waitFor(first, isIn('succeeded'));
    for (const id of others) {
      expect((await waitFor(id, () => true)).state).toBe('waiting');
      await fetch(`${stack.apiUrl}/license-requests/${id}/cancel`, { method: 'POST', headers });
      await waitFor(id, isIn('cancelled'));
    }
  });

  test('that were bought are found by the sweep, and nobody who comes later is before', async () => {
    const pool = poolOf(WEBINARS, 0);
    const [early = '', late = ''] = newPeople(2, 'buyer');
    const first = await submit(early, add(WEBINARS));
    await waitFor(first, isWaiting);
    pool.totalUnits += 1;
    const second = await submit(late, add(WEBINARS), other);
    await waitFor(second, isWaiting);
    expect((await sweep()).status).toBe(202);
    await waitFor(first, isIn('succeeded'));
    expect((await waitFor(second, () => true)).state).toBe('waiting');
    expect(pool.consumedUnits).toBe(pool.totalUnits);
  });
});

describe('where no seat is left', () => {
  const looksAt = (email: string) =>
    simulator
      .requests()
      .filter(({ method, path, query }) => method === 'GET' && path === '/people' && query.email === email)
      .length;

  test('one look at each new person is enough: to find the lease, and to know that the license is not held', async () => {
    poolOf(WEBINARS, 0);
    const people = newPeople(6, 'latecomer');
    const ids = await Promise.all(
      people.map((email, index) => submit(email, add(WEBINARS), index % 2 === 0 ? stack.host : other)),
    );
    const waiting = await Promise.all(ids.map((id) => waitFor(id, isWaiting)));
    // On a slow machine, a call may end without an answer, and is an attempt of its own.
    expect(people.map(looksAt)).toEqual(waiting.map(({ attempts }) => 1 + attempts));
  });

  test('one look at a new person who holds the license already is enough', async () => {
    const { id } = poolOf(WEBINARS, 0);
    addPerson(simulator.organization(), { email: 'holder@example.com', licenses: [id] });
    const done = await waitFor(await submit('holder@example.com', add(WEBINARS)), isIn('succeeded'));
    expect(done.results).toMatchObject([{ result: 'assigned', changed: false }]);
    expect(looksAt('holder@example.com')).toBe(done.attempts);
  });

  test('who holds the license already needs none', async () => {
    poolOf(WEBINARS, 0);
    const done = await waitFor(await submit('shafi@example.com', add(WEBINARS)), isIn('succeeded'));
    expect(done.results).toMatchObject([{ result: 'assigned', changed: false }]);
  });

  test('the setting may refuse, and says what to do', async () => {
    poolOf('Webex Attendant Console', 0);
    const failed = await waitFor(
      await submit('sophie@example.com', add('Webex Attendant Console')),
      isIn('failed'),
    );
    expect(failed.failure).toMatchObject({ condition: 'no-seats' });
    expect(failed.failure?.detail).toContain('redrive');
  });

  test('the setting may overdraw the pool', async () => {
    const pool = poolOf('Advanced Messaging', 0);
    const [email = ''] = newPeople(1, 'over');
    await waitFor(await submit(email, add('Advanced Messaging')), isIn('succeeded'));
    expect(pool.consumedUnits).toBe(pool.totalUnits + 1);
  });

  test('the other licenses of the request do not wait, and a line stays until its successor can be had', async () => {
    for (const { name } of simulator.organization().licenses.values())
      if (name === 'Webex Calling - Professional') poolOf(name, 0);
    const professional = [...simulator.organization().licenses.values()].filter(
      ({ name }) => name === 'Webex Calling - Professional',
    );
    for (const license of professional) license.totalUnits = license.consumedUnits;
    const [locationId] = simulator.organization().locationIds;
    const id = toId('swap');
    const body = JSON.stringify({
      requestId: id,
      person: { email: 'alan@example.com' },
      allowCallingRemoval: true,
      licenses: [
        { license: 'Advanced Messaging' },
        { license: 'Webex Calling - Professional', properties: { locationId, extension: '4711' } },
        { license: 'Webex Calling - Standard', operation: 'remove' },
      ],
    });
    await fetch(`${stack.apiUrl}/license-requests`, { method: 'POST', headers, body });
    const waiting = await waitFor(id, isWaiting);
    expect(waiting.results?.map(({ result }) => result)).toEqual(['assigned', 'wanted', 'wanted']);
    const [seat] = professional;
    if (seat) seat.totalUnits += 1;
    await sweep();
    const done = await waitFor(id, isIn('succeeded'));
    expect(done.results?.map(({ result }) => result)).toEqual(['assigned', 'assigned', 'removed']);
  });
});
