import { toAddress } from '../people/person.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { toPersonKey } from '../requests/record/person.ts';
import { isSameId, type PersonAtWebex } from './identify.ts';
import { findPerson, type HrPeople, isNewer, newPerson, type Person, withoutUnnamedEnd } from './person.ts';

type People = Pick<HrPeople, 'read' | 'write'>;

/** All names of a person, as keys of rows. */
export const toNameKeys = ({ personId, emails }: Person): readonly string[] =>
  [...(personId === undefined ? [] : [{ personId }]), ...emails.map((email) => ({ email }))].map((person) =>
    toPersonKey({ person }),
  );

/**
 * Makes the names that a person has got lead to them. Done twice, it does the same.
 * @returns the key of the person; of another one where a name leads there: they are one person
 */
export async function claimNames(people: People, before: Person, person: Person): Promise<string> {
  const known = new Set([person.personKey, ...toNameKeys(before)]);
  for (const key of toNameKeys(person)) {
    if (known.has(key)) continue;
    const owner = await linkName(people, person, key);
    if (owner !== person.personKey) return owner;
  }
  return person.personKey;
}

/**
 * The person with their id at Webex, and with those of their addresses there by which HR named somebody: that is the same
 * person, unless known as another one at Webex.
 */
export async function withNamesOf(
  people: Pick<People, 'read'>,
  person: Person,
  { personId: found, emails }: PersonAtWebex,
): Promise<Person> {
  const personId = person.personId ?? found;
  const added: string[] = [];
  for (const email of emails.map(toAddress)) {
    if (person.emails.includes(email)) continue;
    const other = await findPerson(people, toPersonKey({ person: { email } }));
    if (other && (other.personId === undefined || isSameId(other.personId, personId))) added.push(email);
  }
  return { ...person, personId, emails: [...person.emails, ...added] };
}

/** Makes a name lead to a person. One that leads elsewhere stays. @returns where it leads */
export async function linkName(
  people: People,
  { personKey, updatedAt }: Person,
  key: string,
): Promise<string> {
  if (key === personKey) return personKey;
  const written = await people.write({ ...newPerson(key, updatedAt), sameAs: personKey });
  if (written !== VERSION_CONFLICT) return personKey;
  return (await findPerson(people, key))?.personKey ?? key;
}

/**
 * Joins a person into another one who has one of their names, and makes all their names lead there. The row of the other
 * is written first: killed on the way, the next look finds the name again, and joins again.
 * @param person as they are now, with the version of their row if they have one
 */
export async function joinInto(
  people: People,
  ownerKey: string,
  person: Person & { readonly version?: string },
): Promise<void> {
  const { personKey, version, updatedAt } = person;
  const written = await retryOnConflict(async () => {
    const owner: Person = (await findPerson(people, ownerKey)) ?? newPerson(ownerKey, updatedAt);
    // With the version that was read, and members of a newer version of the app.
    return people.write({ ...joined(owner, person), updatedAt });
  });
  if (written === VERSION_CONFLICT) throw new Error('A person was written by others each time');
  const sameAs = written.personKey;
  for (const key of toNameKeys(person)) {
    const alias = await people.read(key);
    if (alias?.sameAs === personKey) await people.write({ ...alias, sameAs });
  }
  const left = await people.write({
    ...newPerson(personKey, updatedAt),
    ...{ sameAs },
    ...(version !== undefined && { version }),
  });
  if (left === VERSION_CONFLICT) throw new Error('A person was written by others while they were joined');
}

/** Two people who are one: what is known of either, and the open request of the first. */
export function joined(first: Person, other: Person): Person {
  const one = withoutUnnamedEnd(first);
  const grants = new Map([...other.grants, ...one.grants].map((grant) => [grant.id, grant]));
  for (const { id, by } of other.grants) if (by === 'rule') grants.set(id, { id, by });
  const directs = new Map(one.directs.map((direct) => [direct.licenseId, direct]));
  for (const direct of other.directs) {
    const known = directs.get(direct.licenseId);
    if (known === undefined || isNewer(direct, known)) directs.set(direct.licenseId, direct);
  }
  const failed = new Set(one.failures.map(({ item }) => item));
  const employees = new Map(one.employees.map((employee) => [toKey(employee), employee]));
  for (const employee of other.employees) {
    const { facts = [] } = employees.get(toKey(employee)) ?? {};
    const known = new Set(facts.map(({ id }) => id));
    const all = [...facts, ...employee.facts.filter(({ id }) => !known.has(id))];
    employees.set(toKey(employee), { ...employees.get(toKey(employee)), ...employee, facts: all });
  }
  const made = [...(other.made ?? []), ...(one.made ?? [])];
  const clearedAt = [one.clearedAt, other.clearedAt]
    .filter((at) => at !== undefined)
    .sort(byTime)
    .at(-1);
  // What was held was read for one of them.
  const { held: _held, createdAt: _createdAt, ...rest } = one;
  const createdAt = (one.personId === undefined ? other : one).createdAt;
  return {
    ...rest,
    emails: [...new Set([...one.emails, ...other.emails])],
    employees: [...employees.values()],
    grants: [...grants.values()],
    directs: [...directs.values()],
    failures: [...one.failures, ...other.failures.filter(({ item }) => !failed.has(item))],
    ...(made.length > 0 && { made }),
    ...(clearedAt && { clearedAt }),
    ...(createdAt && { createdAt }),
    ...(one.personId === undefined && other.personId !== undefined && { personId: other.personId }),
  };
}

const toKey = ({ source, employeeId }: Person['employees'][number]) => `${source}\n${employeeId}`;
const byTime = (a: Date, b: Date) => a.getTime() - b.getTime();
