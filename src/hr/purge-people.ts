import pMap from 'p-map';
import type { Purge } from '../platform/purge.ts';
import type { Employees } from './employee.ts';
import { linkName, toNameKeys } from './join-people.ts';
import type { HrPeople, StoredPerson } from './person.ts';

interface Deps {
  readonly people: Pick<HrPeople, 'ended' | 'read' | 'write' | 'remove'>;
  readonly employees: Pick<Employees, 'read' | 'write' | 'remove'>;
  /** Of somebody who left, since nothing is to come or open. */
  readonly retentionMs: number;
}

const AT_ONCE = 16;

/** Removes people who left, after their retention: with all that HR said of them, and all names that lead to them. */
export function createPurgePeople({ people, employees, retentionMs }: Deps): Purge {
  return async function purgePeople(at, limit, from) {
    const until = new Date(at.getTime() - retentionMs);
    const { people: ended, unreadable, next } = await people.ended(until, limit, from);
    const isGone = await pMap(ended, purgePerson, { concurrency: AT_ONCE, stopOnError: false });
    return { purged: isGone.filter(Boolean).length, unreadable, next };
  };

  /** The person last: a run that is killed on the way finds the rest by this row. */
  async function purgePerson(person: StoredPerson): Promise<boolean> {
    const names = toNameKeys(person);
    // An employee whose person was joined into this one has the key of that person.
    const keys = new Set([person.personKey, ...names]);
    const found = await Promise.all(
      person.employees.map(({ source, employeeId }) => employees.read(source, employeeId)),
    );
    const own = found
      .filter((employee) => employee !== undefined)
      .filter((one) => keys.has(one.personKey ?? ''));
    for (const employee of own) await employees.remove(employee);
    for (const name of names) {
      const alias = await people.read(name);
      if (alias?.sameAs === person.personKey) await people.remove(alias);
    }
    if (await people.remove(person)) return true;
    // The person came again meanwhile. A row that an HR event has written since stays.
    for (const name of names) await linkName(people, person, name);
    for (const { version: _removed, ...employee } of own) await employees.write(employee);
    return false;
  }
}
