import { describe, expect, test } from '@jest/globals';
import { newEmployee } from '../../src/hr/employee.ts';
import { linkName, toNameKeys } from '../../src/hr/join-people.ts';
import { newPerson, type Person } from '../../src/hr/person.ts';
import { createPurgePeople } from '../../src/hr/purge-people.ts';
import { toPersonKey } from '../../src/requests/record/person.ts';
import { createTableHrPeople } from '../../src/storage/tables/hr-people.ts';
import { createTableEmployees } from '../../src/storage/tables/hr-records.ts';
import { createMortal } from '../flow/mortal.ts';
import { useShortPages, useStorage } from '../use-storage.ts';
import { purgeAll } from './pages.ts';

/** How long what HR said of people is kept, on real storage. */
const storage = useStorage();
const shortPages = useShortPages();

const DAY_MS = 86_400_000;
const endedAt = new Date('2026-01-01T00:00:00Z');
const daysLater = (days: number) => new Date(endedAt.getTime() + days * DAY_MS);

describe.each([
  { name: 'in tables', clients: storage.clients },
  { name: 'in tables with short pages', clients: shortPages.clients },
])('what HR said of people $name', ({ clients }) => {
  const ports = () => ({
    people: createTableHrPeople(clients()),
    employees: createTableEmployees(clients()),
  });
  const purge = (by: Date, changes: Partial<Parameters<typeof createPurgePeople>[0]> = {}) =>
    purgeAll(
      {
        purge: createPurgePeople({
          ...{ ...ports(), retentionMs: 90 * DAY_MS },
          findInSnapshot: async () => new Set(),
          ...changes,
        }),
      },
      by,
    );

  /** A person of two addresses whom Webex knows, with an employee. */
  async function add(who: string, more: Partial<Person>) {
    const { people, employees } = ports();
    const emails = [`${who}@example.com`, `${who}.new@example.com`];
    const names = [{ email: emails[0] ?? '' }, { email: emails[1] ?? '' }, { personId: `id-of-${who}` }];
    const [personKey = '', ...aliases] = names.map((name) => toPersonKey({ person: name }));
    const person = { ...newPerson(personKey, endedAt), emails, personId: `id-of-${who}` };
    const employee = { source: 'hr', employeeId: who, facts: [] };
    await people.write({ ...person, employees: [employee], ...more });
    for (const key of toNameKeys(person)) await linkName(people, person, key);
    await employees.write({ ...newEmployee('hr', who), personKey, attributes: { department: 'Sales' } });
    return async () => {
      const rows = [personKey, ...aliases].map((key) => people.read(key));
      const found = [...(await Promise.all(rows)), await employees.read('hr', who)];
      return found.filter((row) => row !== undefined).length;
    };
  }

  test('goes with all their names when the retention has passed since they ended, and not before', async () => {
    const countRows = await add('ada', { endedAt });
    const countOthers = await add('grace', {});
    const countToCome = await add('alan', { lookAt: daysLater(30) });
    expect(await countRows()).toBe(4);
    expect(await purge(daysLater(89))).toBe(0);
    expect(await countRows()).toBe(4);
    expect(await purge(daysLater(90))).toBe(1);
    expect(await countRows()).toBe(0);
    expect(await purge(daysLater(1_000))).toBe(0);
    expect([await countOthers(), await countToCome()]).toEqual([4, 4]);
  });

  test('goes where HR never named them and the people snapshot no longer has them', async () => {
    const countRows = await add('adopted', { endedAt, employees: [] });
    const has = (...ids: string[]) => ({ findInSnapshot: async () => new Set(ids) });
    expect(await purge(daysLater(89), has())).toBe(0);
    expect(await purge(daysLater(90), { findInSnapshot: async () => undefined })).toBe(0);
    expect(await purge(daysLater(180), has('id-of-adopted'))).toBe(0);
    expect(await countRows()).toBe(4);
    expect(await purge(daysLater(269), has())).toBe(0);
    expect(await purge(daysLater(270), has())).toBe(1);
    // The row of the employee is that of the test alone.
    expect(await countRows()).toBe(1);
  });

  test('goes whole also where the process is killed at any of the removals', async () => {
    for (let dieAt = 1; dieAt <= 4; dieAt += 1) {
      const { mortal } = createMortal(dieAt);
      const countRows = await add(`killed-${dieAt}`, { endedAt });
      const { people, employees } = ports();
      const dying = purge(daysLater(90), {
        people: { ...people, remove: mortal(people.remove) },
        employees: { ...employees, remove: mortal(employees.remove) },
      });
      await expect(dying).rejects.toMatchObject({ errors: [new Error('killed')] });
      expect(await purge(daysLater(90))).toBe(1);
      expect(await countRows()).toBe(0);
    }
  });

  test('stays whole where the person comes again meanwhile', async () => {
    const countRows = await add('back', { endedAt });
    const { people } = ports();
    const key = toPersonKey({ person: { email: 'back@example.com' } });
    const remove: typeof people.remove = async (row) => {
      const stored = row.personKey === key ? await people.read(key) : undefined;
      if (stored) {
        const { endedAt: _over, ...again } = stored;
        await people.write({ ...again, lookAt: daysLater(200) });
      }
      return people.remove(row);
    };
    expect(await purge(daysLater(90), { people: { ...people, remove } })).toBe(0);
    expect(await countRows()).toBe(4);
  });
});
