import pMap from 'p-map';
import type { Purge } from '../platform/purge.ts';
import type { Employees } from './employee.ts';
import { linkName, toNameKeys } from './join-people.ts';
import type { HrPeople, StoredPerson } from './person.ts';

interface Deps {
  readonly people: Pick<HrPeople, 'ended' | 'read' | 'write' | 'remove'>;
  readonly employees: Pick<Employees, 'read' | 'write' | 'remove'>;
  /** Of somebody who left, since nothing is to come or open; of somebody whom HR never named, since they were seen at Webex. */
  readonly retentionMs: number;
  /** Those of some person ids whom the latest people snapshot has; undefined where there is none. */
  readonly findInSnapshot: (personIds: readonly string[]) => Promise<ReadonlySet<string> | undefined>;
}

const AT_ONCE = 16;

/**
 * Removes people who left, after their retention: with all that HR said of them, and all names that lead to them. Who was
 * adopted and never named by HR is kept for as long as the people snapshot has them.
 */
export function createPurgePeople({ people, employees, retentionMs, findInSnapshot }: Deps): Purge {
  return async function purgePeople(at, limit, from) {
    const until = new Date(at.getTime() - retentionMs);
    const { people: ended, unreadable, next } = await people.ended(until, limit, from);
    const isSeen = await findSeen(ended);
    const purge = (person: StoredPerson) => (isSeen(person) ? keepPerson(person, at) : purgePerson(person));
    const isGone = await pMap(ended, purge, { concurrency: AT_ONCE, stopOnError: false });
    return { purged: isGone.filter(Boolean).length, unreadable, next };
  };

  async function findSeen(ended: readonly StoredPerson[]): Promise<(person: StoredPerson) => boolean> {
    const adopted = ended.flatMap(({ employees: named, personId }) =>
      named.length === 0 && personId !== undefined ? [personId] : [],
    );
    if (adopted.length === 0) return () => false;
    const seen = await findInSnapshot(adopted);
    return ({ employees: named, personId }) =>
      named.length === 0 && personId !== undefined && (!seen || seen.has(personId));
  }

  /** Until the retention has passed again. On a version conflict, HR has named the person. */
  async function keepPerson(person: StoredPerson, at: Date): Promise<false> {
    await people.write({ ...person, endedAt: at });
    return false;
  }

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
