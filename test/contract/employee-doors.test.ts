import { describe, expect, test } from '@jest/globals';
import { listEmployees } from '../../src/hr/answers/list-employees.ts';
import { newEmployee } from '../../src/hr/employee.ts';
import { type ForgetDeps, forgetEmployee } from '../../src/hr/forget-employee.ts';
import { findPerson, newPerson } from '../../src/hr/person.ts';
import { toPersonKey } from '../../src/requests/record/person.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { createTableEmployees, createTableHrEvents } from '../../src/storage/tables/hr-records.ts';
import { createMortal } from '../flow/mortal.ts';
import { useStorage } from '../use-storage.ts';

/** What HTTP does with the employees of HR, on real storage. */
const storage = useStorage();
const at = new Date('2026-11-24T12:00:00Z');
const log = { info() {}, warn() {}, error() {} };
const toKey = (email: string) => toPersonKey({ person: { email } });

describe('one of two employees of a person', () => {
  /** A person who was named first by one source, and then by another under another address. */
  async function keepTwo(name: string) {
    const [people, employees] = [
      createTableHrPeople(storage.clients()),
      createTableEmployees(storage.clients()),
    ];
    const events = createTableHrEvents(storage.clients(), 86_400_000);
    const [first, second] = [`${name}@example.com`, `${name}@other.example.com`];
    const two = [
      { source: 'hr', employeeId: name, email: first },
      { source: 'other', employeeId: name, email: second },
    ];
    await people.write({
      ...{ ...newPerson(toKey(first), at), emails: [first, second], grants: [{ id: 'L', by: 'rule' }] },
      employees: two.map(({ source, employeeId, email }) => ({
        ...{ source, employeeId },
        facts: [{ id: source, kind: 'hired', said: at, attributes: {}, email }],
      })),
    });
    await people.write({ ...newPerson(toKey(second), at), sameAs: toKey(first) });
    for (const { source, employeeId, email } of two) {
      await employees.write({ ...newEmployee(source, employeeId), email, personKey: toKey(first) });
      const event = {
        source,
        eventId: name,
        type: 'x',
        kind: 'joiner' as const,
        employeeId,
        email,
        attributes: {},
      };
      const record = { eventKey: `${source}-${name}`, state: 'applied' as const, event, detail: '' };
      await events.add([{ ...record, requestIds: [], looks: 0, receivedAt: at, updatedAt: at }]);
    }
    return { people, employees, events, first, second };
  }

  async function forget(name: string, dieAt = Number.POSITIVE_INFINITY) {
    const { people, employees, events } = await open();
    const { mortal, writes } = createMortal(dieAt);
    const deps = {
      events: { list: events.list, remove: mortal(events.remove) },
      employees: { read: employees.read, remove: mortal(employees.remove) },
      people: { read: people.read, write: mortal(people.write), remove: mortal(people.remove) },
      audit: { append: mortal(async () => {}) },
      hrWorkQueue: { send: mortal(async () => {}) },
      ...{ clock: () => at, instance: 'test' },
    } as unknown as ForgetDeps;
    const query = new URLSearchParams({ reason: 'asked for' });
    const http = { url: 'http://localhost/', query, headers: new Headers() };
    const answer = await forgetEmployee(deps, 'other', name, http as never, log);
    return { answer, writes: writes() };
  }
  const open = async () => ({
    people: createTableHrPeople(storage.clients()),
    employees: createTableEmployees(storage.clients()),
    events: createTableHrEvents(storage.clients(), 86_400_000),
  });

  async function readEnd(name: string) {
    const { people, employees, events } = await open();
    const person = await findPerson(people, toKey(`${name}@example.com`));
    const left = await Promise.all(['hr', 'other'].map((source) => employees.read(source, name)));
    const listed = await Promise.all(
      ['hr', 'other'].map((source) => events.list({ source, employeeId: name }, 10)),
    );
    return {
      emails: person?.emails.length,
      employees: person?.employees.map(({ source }) => source),
      granted: person?.grants.map(({ id }) => id),
      isLookedAt: person?.lookAt !== undefined,
      hasOtherName: (await people.read(toKey(`${name}@other.example.com`))) !== undefined,
      rows: left.flatMap((employee) => employee?.source ?? []),
      events: listed.map((page) => page.events.length),
    };
  }
  const FORGOTTEN = {
    ...{ emails: 1, employees: ['hr'], granted: ['L'], isLookedAt: true, hasOtherName: false },
    ...{ rows: ['hr'], events: [1, 0] },
  };

  test('is forgotten with its address, and the person stays by the other', async () => {
    await keepTwo('ada');
    expect((await forget('ada')).answer.status).toBe(200);
    expect(await readEnd('ada')).toEqual(FORGOTTEN);
  });

  test('is forgotten by the next call, wherever the first one was killed', async () => {
    await keepTwo('measured');
    const { writes } = await forget('measured');
    expect(writes).toBeGreaterThan(4);
    for (let dieAt = 1; dieAt <= writes; dieAt += 1) {
      await keepTwo(`killed-${dieAt}`);
      await expect(forget(`killed-${dieAt}`, dieAt)).rejects.toThrow('killed');
      await forget(`killed-${dieAt}`);
      expect({ dieAt, ...(await readEnd(`killed-${dieAt}`)) }).toEqual({ dieAt, ...FORGOTTEN });
    }
  });
});

test('the list of employees has each one once over its pages, also by source and state', async () => {
  const employees = createTableEmployees(storage.clients());
  const ids = Array.from({ length: 230 }, (_, index) => `listed-${index}`);
  for (const employeeId of ids)
    await employees.write(newEmployee(Number(employeeId.slice(7)) % 10 === 0 ? 'tenth' : 'list', employeeId));
  const people = createTableHrPeople(storage.clients());
  const readAll = async (filter: string) => {
    const found: string[] = [];
    const pages = [];
    for (let query: string | undefined = filter; query !== undefined; ) {
      const { jsonBody } = await listEmployees(
        { employees, people, zoneOf: () => 'UTC', clock: () => at },
        new URLSearchParams(query),
      );
      const page = jsonBody as { items: { employeeId: string }[]; next?: string };
      found.push(...page.items.map(({ employeeId }) => employeeId));
      pages.push(page.items.length);
      query = page.next;
    }
    return { found: found.filter((id) => id.startsWith('listed-')).sort(), pages: pages.length };
  };
  const all = await readAll('');
  expect(all.found).toEqual([...ids].sort());
  expect(all.pages).toBeGreaterThan(2);
  expect((await readAll('source=tenth&state=unknown')).found).toHaveLength(23);
  expect((await readAll('source=list&state=left')).found).toEqual([]);
});
