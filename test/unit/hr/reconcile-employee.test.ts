import { describe, expect, test } from '@jest/globals';
import type { Fact } from '../../../src/hr/fact.ts';
import { isSettled } from '../../../src/hr/is-settled.ts';
import {
  findPerson,
  newPerson,
  type Person,
  personSchema,
  type StoredPerson,
} from '../../../src/hr/person.ts';
import { type Cause, type ReconcileDeps, reconcileEmployee } from '../../../src/hr/reconcile-employee.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { toPersonKey } from '../../../src/requests/record/person.ts';
import { createMemoryHrPeople } from '../../memory/hr-stores.ts';
import { createMemoryRequestStore } from '../../memory/request-store.ts';

const NOW = new Date('2026-10-05T08:00:00Z');
const log = { info() {}, warn() {} };
const policy = await parsePolicy(
  '{version: 1, rules: [{name: all, licenses: [msg]}, {name: sales, when: {attribute: department, equals: Sales}, licenses: [meet]}]}',
);
const catalogue = ['msg', 'meet'].map((id) => ({ id, name: `License ${id}` }));
const keyOf = (email: string) => toPersonKey({ person: { email } });
const hired: Fact = {
  ...{ id: 'e1', kind: 'hired', said: NOW, effective: '2026-10-01', attributes: { department: 'Sales' } },
  email: 'ada@example.com',
};
const personOf = (email: string, facts: readonly Fact[], more: Partial<Person> = {}): Person => ({
  ...newPerson(keyOf(email), NOW),
  emails: [email],
  employees: [{ source: 'hr', employeeId: email, facts }],
  ...more,
});

class Killed extends Error {}

/** The rooms on storage in memory: counts each call of storage, and can die right after one. */
function createRooms(before: readonly Person[]) {
  const people = createMemoryHrPeople();
  const memory = createMemoryRequestStore(86_400_000, undefined, () => NOW);
  const calls: string[] = [];
  let dieAfter = Number.POSITIVE_INFINITY;
  const counted = <Args extends readonly unknown[], Result>(
    name: string,
    call: (...args: Args) => Promise<Result>,
  ) =>
    async function storageCall(...args: Args): Promise<Result> {
      if (calls.length >= dieAfter) throw new Killed();
      const result = await call(...args);
      calls.push(name);
      if (calls.length >= dieAfter) throw new Killed();
      return result;
    };
  /** As it comes out of a table. */
  async function readPerson(key: string): Promise<StoredPerson | undefined> {
    const row = await people.read(key);
    if (row === undefined) return undefined;
    return { ...personSchema.parse(JSON.parse(JSON.stringify(row))), version: row.version };
  }
  const deps: ReconcileDeps = {
    people: { read: counted('read', readPerson), write: counted('write', people.write) },
    requestStore: {
      add: counted('write', memory.requestStore.add),
      read: counted('read', memory.requestStore.read),
      replace: counted('write', memory.requestStore.replace),
    },
    workQueue: { send: counted('send', async () => {}) },
    audit: { append: counted('append', async () => {}) },
    policies: { current: async () => ({ policy, version: 'p1', ofVersion: async () => policy }) },
    catalogue: async () => catalogue,
    findAtWebex: async () => ({ personId: 'P1', emails: [], licenseIds: [] }),
    zoneOf: () => 'UTC',
    clock: () => NOW,
    instance: 'test',
  };
  return {
    calls,
    async begin() {
      for (const person of before) await people.write(person);
    },
    look: (email: string, cause: Cause = {}) => reconcileEmployee(deps, keyOf(email), cause, log),
    dieAfter(count: number) {
      calls.length = 0;
      dieAfter = count;
    },
    /** What lies in storage, without its versions. */
    async read() {
      const one = await findPerson(people, keyOf('ada@example.com'));
      const rows = people.all().map(({ version: _version, ...person }) => person);
      const requests = memory
        .records()
        .map(({ requestId, request, state }) => ({ requestId, request, state }));
      return { one: one?.personKey, rows, requests };
    },
  };
}

const CASES: readonly (readonly [string, readonly Person[], Cause?])[] = [
  ['asks for what a joiner lacks', [personOf('ada@example.com', [hired])]],
  [
    'takes what a mover has too much',
    [
      personOf('ada@example.com', [{ ...hired, attributes: { department: 'Legal' } }], {
        grants: [
          { id: 'msg', by: 'rule' },
          { id: 'meet', by: 'rule' },
        ],
      }),
    ],
  ],
  [
    'repairs what a person lacks at Webex',
    [
      personOf('ada@example.com', [hired], {
        grants: [
          { id: 'msg', by: 'rule' },
          { id: 'meet', by: 'rule' },
        ],
      }),
    ],
    { repair: { add: ['meet'], remove: [], readAt: new Date(NOW.getTime() + 1) } },
  ],
  [
    'joins two people who are one',
    [
      personOf('ada@example.com', [hired], { emails: ['ada@example.com', 'lovelace@example.com'] }),
      personOf('lovelace@example.com', [{ ...hired, id: 'f1', email: 'ada@example.com' }]),
    ],
  ],
];

describe.each(CASES)('a look that %s', (_what, before, cause = {}) => {
  const emails = before.map(({ emails: [email] }) => email ?? '').reverse();
  async function lookAtAll(rooms: ReturnType<typeof createRooms>) {
    for (const email of emails) await rooms.look(email, cause);
  }

  test('does nothing more when it is done again', async () => {
    const rooms = createRooms(before);
    await rooms.begin();
    await lookAtAll(rooms);
    const after = await rooms.read();
    await lookAtAll(rooms);
    expect(await rooms.read()).toEqual(after);
    expect(after.requests).toHaveLength(1);
  });

  test('ends the same when it is killed after any call of storage, and done again', async () => {
    const whole = createRooms(before);
    await whole.begin();
    whole.dieAfter(Number.POSITIVE_INFINITY);
    await lookAtAll(whole);
    const calls = whole.calls.length;
    expect(calls).toBeGreaterThan(3);
    for (let count = 1; count <= calls; count += 1) {
      const rooms = createRooms(before);
      await rooms.begin();
      rooms.dieAfter(count);
      await expect(lookAtAll(rooms)).rejects.toThrow(Killed);
      rooms.dieAfter(Number.POSITIVE_INFINITY);
      await lookAtAll(rooms);
      expect(await rooms.read()).toEqual(await whole.read());
    }
  });
});

describe('a look at somebody for whom nothing changes costs', () => {
  const granted = { grants: catalogue.map(({ id }) => ({ id, by: 'rule' as const })) };
  async function countOf(person: Person) {
    const rooms = createRooms([person]);
    await rooms.begin();
    rooms.dieAfter(Number.POSITIVE_INFINITY);
    await rooms.look('ada@example.com');
    return rooms.calls;
  }

  test('one read', async () => {
    expect(await countOf(personOf('ada@example.com', [hired], granted))).toEqual(['read']);
  });

  test('two reads where a request is open', async () => {
    const rooms = createRooms([personOf('ada@example.com', [hired])]);
    await rooms.begin();
    await rooms.look('ada@example.com');
    rooms.calls.length = 0;
    await rooms.look('ada@example.com');
    expect(rooms.calls).toEqual(['read', 'read']);
  });

  test('one read and one write where a day to come has been told', async () => {
    const left: Fact = { id: 'e2', kind: 'left', said: NOW, effective: '2026-12-31', attributes: {} };
    expect(await countOf(personOf('ada@example.com', [hired, left], granted))).toEqual(['read', 'write']);
  });
});

describe('a person is settled under a policy', () => {
  const context = {
    ...{ nowMs: NOW.getTime(), policy, policyVersion: 'p1', policyOf: () => policy },
    ...{ catalogue, zoneOf: () => 'UTC' },
  };
  /** As it comes out of a table. */
  const read = (person: Person): StoredPerson => ({
    ...personSchema.parse(JSON.parse(JSON.stringify(person))),
    version: '1',
  });
  const grants = catalogue.map(({ id }) => ({ id, by: 'rule' as const }));
  const left: Fact = { id: 'e2', kind: 'left', said: NOW, effective: '2026-12-31', attributes: {} };
  const direct = { requestId: 'r1', licenseId: 'msg', operation: 'remove' as const, at: NOW };

  test('where a look would change nothing', () => {
    expect(isSettled(read(personOf('ada@example.com', [hired], { grants })), context)).toBe(true);
  });

  test.each<[string, Person]>([
    ['a license is missing', personOf('ada@example.com', [hired], { grants: grants.slice(1) })],
    [
      'a grant has no rule',
      personOf('ada@example.com', [{ ...hired, attributes: { department: '' } }], { grants }),
    ],
    ['a day to come is not noted', personOf('ada@example.com', [hired, left], { grants })],
    ['a direct request may stand', personOf('ada@example.com', [hired], { grants, directs: [direct] })],
    ['an address leads astray', personOf('ada@example.com', [hired], { grants, astray: 'x@example.com' })],
  ])('but not where %s', (_what, person) => {
    expect(isSettled(read(person), context)).toBe(false);
  });
});
