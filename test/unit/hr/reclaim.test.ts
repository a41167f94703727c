import { describe, expect, test } from '@jest/globals';
import { type ReclaimDeps, reclaim } from '../../../src/hr/adoption/reclaim.ts';
import type { Fact } from '../../../src/hr/fact.ts';
import { newPerson, type Person } from '../../../src/hr/person.ts';
import { reconcileEmployee } from '../../../src/hr/reconcile-employee.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { toPersonKey } from '../../../src/requests/record/person.ts';
import { createMemoryHrPeople } from '../../memory/hr-stores.ts';
import { createMemoryRequestStore } from '../../memory/request-store.ts';

/** One Webex person by two addresses, whom HR names as two employees. */
const NOW = new Date('2026-11-24T12:00:00Z');
const ONE = 'one@example.com';
const OTHER = 'other@example.com';
const log = { info() {}, warn() {}, error() {} };
const keyOf = (email: string) => toPersonKey({ person: { email } });
const hired: Fact = { id: 'hired', kind: 'hired', said: new Date('2026-01-01'), attributes: {} };
const left: Fact = { ...hired, id: 'left', kind: 'left', said: new Date('2026-08-01') };

async function createRooms(reclaims: string, otherFacts: readonly Fact[], more: Partial<Person> = {}) {
  const people = createMemoryHrPeople();
  const { requestStore } = createMemoryRequestStore(86_400_000, undefined, () => NOW);
  const policy = await parsePolicy(
    `{version: 1, manages: [M], rules: [], leavers: [{name: at once, reclaim: ${reclaims}}]}`,
  );
  const deps: { -readonly [K in keyof ReclaimDeps]: ReclaimDeps[K] } = {
    ...{ people, requestStore, zoneOf: () => 'UTC', clock: () => NOW, instance: 'test' },
    ...{ workQueue: { send: async () => {} }, audit: { append: async () => {} } },
    policies: { current: async () => ({ policy, version: 'p1', ofVersion: async () => policy }) },
    catalogue: async () => [{ id: 'M', name: 'Messaging' }],
    findAtWebex: async () => ({ personId: 'P1', emails: [ONE, 'Other@Example.com'], licenseIds: ['M'] }),
    readInSnapshot: async () => ({ missing: { status: 404 } }),
  };
  const add = (email: string, facts: readonly Fact[], how: Partial<Person> = {}) =>
    people.write({
      ...newPerson(keyOf(email), NOW),
      ...{ emails: [email], employees: [{ source: 'hr', employeeId: email, facts: [...facts] }] },
      ...how,
    });
  await add(ONE, [hired, left]);
  await add(OTHER, otherFacts, more);
  const ask = async (dryRun: boolean, more: object = {}) => {
    const body = JSON.stringify({ dryRun, ...more });
    const headers = { 'content-type': 'application/json' };
    const http = new Request('http://127.0.0.1/', { method: 'POST', body, headers });
    return reclaim(deps, ONE, http as never, log);
  };
  const look = () => reconcileEmployee(deps, keyOf(ONE), {}, log);
  return { ask, look, deps, add };
}

describe('of a person who left as one employee, and whom HR names by another address, too', () => {
  test.each([true, false])('nothing is reclaimed while the other one works (dry run: %s)', async (dryRun) => {
    const { ask } = await createRooms('granted', [hired]);
    expect(await ask(dryRun)).toMatchObject({
      status: 409,
      jsonBody: { detail: expect.stringContaining('The person works') },
    });
  });

  test('it is reclaimed once both have left', async () => {
    const { ask } = await createRooms('granted', [hired, left]);
    expect(await ask(true)).toMatchObject({
      status: 200,
      jsonBody: { employees: [{ employeeId: ONE }, { employeeId: OTHER }], licenses: [{ action: 'remove' }] },
    });
    expect(await ask(false)).toMatchObject({ status: 202, jsonBody: { requestId: expect.any(String) } });
  });

  test('nothing is reclaimed where the other one is another person at Webex', async () => {
    const { ask } = await createRooms('granted', [hired], { personId: 'P2' });
    expect(await ask(false)).toMatchObject({
      status: 409,
      jsonBody: { detail: expect.stringContaining('leads to another one at Webex') },
    });
  });

  test.each(['held', '[M]'])('a leaver rule of %s takes nothing while the other one works', async (named) => {
    const { look } = await createRooms(named, [hired]);
    const done = await look();
    expect(done?.person.open).toBeUndefined();
    expect(done?.look.state).toBe('employed');
  });

  test.each(['held', '[M]'])('a leaver rule of %s takes it once both have left', async (named) => {
    const { look } = await createRooms(named, [hired, left]);
    expect((await look())?.person.open?.request.licenses).toEqual([{ license: 'M', operation: 'remove' }]);
  });
});

describe('where Webex does not tell what a leaver holds', () => {
  const untold = async (reclaims: string) => {
    const rooms = await createRooms(reclaims, [hired, left]);
    rooms.deps.findAtWebex = async () => ({ personId: 'P1', emails: [ONE], licenseIds: undefined });
    return rooms;
  };

  test('a reclaim says so, and not that there is nothing to take', async () => {
    const { ask } = await untold('granted');
    expect(await ask(true)).toMatchObject({
      status: 503,
      jsonBody: { detail: 'Webex did not say what the person holds.' },
    });
  });

  test('a leaver rule that looks at it is still open', async () => {
    const done = await (await untold('held')).look();
    expect(done?.person.held).toBeUndefined();
    expect(done?.look.reconciled.needsHeld).toBe(true);
  });
});

test.each(['', 'x'.repeat(201)])('a reason of another length is refused in words', async (reason) => {
  const { ask } = await createRooms('granted', [hired, left]);
  expect(await ask(true, { reason })).toMatchObject({
    status: 400,
    jsonBody: { errors: [{ pointer: '/reason', detail: 'must have 1 to 200 characters' }] },
  });
});

describe('of a person who left, whose address belongs to a person that Webex created since', () => {
  const found = (createdAt: string) => async () => ({
    ...{ personId: 'P1', emails: [ONE], licenseIds: ['M'], createdAt: new Date(createdAt) },
  });

  test('nothing is asked by a leaver rule, and an identity is needed', async () => {
    for (const named of ['held', '[M]']) {
      const { look, deps } = await createRooms(named, [hired, left]);
      deps.findAtWebex = found('2026-09-01');
      const done = await look();
      expect(done?.person).toMatchObject({ astray: ONE });
      expect(done?.person.open ?? done?.person.personId).toBeUndefined();
      expect(done?.look.state).toBe('needs-identity');
      deps.findAtWebex = found('2026-07-01');
      expect((await look())?.person.open?.request.licenses).toEqual([{ license: 'M', operation: 'remove' }]);
    }
  });

  test('nothing is asked where something was granted before and the person was never found', async () => {
    const { deps, add } = await createRooms('granted', [hired]);
    const email = 'granted@example.com';
    await add(email, [hired, left], { grants: [{ id: 'M', by: 'rule' }] });
    deps.findAtWebex = found('2026-09-01');
    await reconcileEmployee(deps, keyOf(email), {}, log);
    const done = await reconcileEmployee(deps, keyOf(email), {}, log);
    expect(done?.person.open).toBeUndefined();
    expect(done?.look.state).toBe('needs-identity');
  });

  test('nothing is reclaimed by hand', async () => {
    const { ask, deps } = await createRooms('granted', [hired, left]);
    deps.findAtWebex = found('2026-09-01');
    expect(await ask(false)).toMatchObject({
      status: 409,
      jsonBody: { detail: expect.stringContaining('leads to another one at Webex') },
    });
  });

  test('nothing is asked where the other person was adopted before HR named the one who left', async () => {
    const { deps, add } = await createRooms('granted', [hired]);
    const adopted = {
      ...{ personId: 'P1', createdAt: new Date('2026-09-01'), endedAt: new Date('2026-02-01') },
      grants: [{ id: 'M', by: 'adoption' as const }],
    };
    const email = 'recycled@example.com';
    await add(email, [], { ...adopted, employees: [] });
    const employee = (facts: readonly Fact[]) => [{ source: 'hr', employeeId: email, facts: [...facts] }];
    const told = (facts: readonly Fact[]) =>
      reconcileEmployee(
        deps,
        keyOf(email),
        { change: (person) => ({ ...person, employees: employee(facts) }) },
        log,
      );
    const done = await told([hired, { ...left, email }]);
    expect(done?.person).toMatchObject({ astray: email, endedAt: NOW });
    expect(done?.person.open).toBeUndefined();
    // HR names the person who has the address now.
    const back = { ...hired, id: 'back', said: new Date('2026-10-01') };
    const worker = await told([hired, { ...left, email }, back]);
    expect(worker?.look.state).toBe('employed');
    expect(worker?.person.createdAt).toBeUndefined();
  });
});
