import { toAddress } from '../../people/person.ts';
import { isSameId, isSuccessor } from '../identify.ts';
import { joined } from '../join-people.ts';
import { lookAt } from '../look.ts';
import type { Grant, Person } from '../person.ts';
import type { LookContext } from '../situation.ts';

/** A person at Webex who holds licenses that the policy manages. */
export interface Holder {
  readonly personId: string;
  readonly emails: readonly string[];
  /** Absent where Webex did not tell. */
  readonly createdAt?: Date | undefined;
  /** All licenses that the person holds. */
  readonly heldIds: readonly string[];
  /** Those of them that the policy manages. */
  readonly managedIds: readonly string[];
}

/**
 * The people of HR whom the names of a holder lead to, in the order in which they are joined: with employees first. They
 * are one person. `needs-identity`: one of them is known to be another person at Webex.
 */
export function toOnePerson<P extends Person>(
  found: readonly P[],
  { personId }: Pick<Holder, 'personId'>,
): readonly P[] | 'needs-identity' {
  const rows = [...new Map(found.map((row) => [row.personKey, row])).values()];
  if (rows.some((row) => row.personId !== undefined && !isSameId(row.personId, personId)))
    return 'needs-identity';
  const toRank = (row: P) => Number(row.employees.length > 0) * 2 + Number(row.personId !== undefined);
  return rows.sort((one, other) => toRank(other) - toRank(one));
}

/** The person with what they hold as grants by adoption; what is granted stays as it is. Done twice, it does the same. */
export function withAdopted(
  person: Person,
  { personId, emails, createdAt }: Pick<Holder, 'personId' | 'emails' | 'createdAt'>,
  ids: readonly string[],
): Person {
  const granted = new Set(person.grants.map(({ id }) => id));
  const adopted = ids.filter((id) => !granted.has(id)).map((id): Grant => ({ id, by: 'adoption' }));
  const more = emails.map(toAddress).filter((email) => !person.emails.includes(email));
  return {
    ...person,
    personId: person.personId ?? personId,
    ...(person.employees.length === 0 && createdAt && { createdAt }),
    emails: [...person.emails, ...new Set(more)],
    grants: [...person.grants, ...adopted],
  };
}

/** What an adoption does to a person. */
export interface PersonAdoption {
  readonly person: Person;
  /** The licenses that are granted by adoption then. */
  readonly adopted: readonly string[];
  /** What a person who left loses by that, at once or on a later day. */
  readonly loses: readonly string[];
  readonly losesLater: readonly string[];
}

/**
 * What would become of a person whose licenses are adopted: pure, and the same where they are adopted already.
 * @param rows the people of HR who are this person
 * @param ids the licenses to adopt
 */
export function planAdoption(
  rows: readonly Person[],
  unknown: Person,
  holder: Holder,
  ids: readonly string[],
  context: LookContext,
): PersonAdoption | 'needs-identity' {
  const [first = unknown, ...others] = rows;
  const before = others.reduce(joined, first);
  const person = withAdopted(before, holder, ids);
  const adopted = ids.filter((id) => person.grants.some((one) => one.id === id && one.by === 'adoption'));
  // Of most people of a first day, HR has not spoken yet.
  const endMs = person.employees.length === 0 ? undefined : lookAt(person, context).endMs;
  // Another person has had the address since the employee left.
  if (isSuccessor(before, endMs, holder.createdAt)) return 'needs-identity';
  // A person who works loses nothing by an adoption.
  if (endMs === undefined) return { person, adopted, loses: [], losesLater: [] };
  const held = before.held?.endMs === endMs ? before.held : { ids: [...holder.heldIds], endMs };
  const look = (one: Person) => lookAt({ ...one, held }, context).reconciled;
  const already = look({ ...before, grants: before.grants.filter(({ id }) => !adopted.includes(id)) });
  const { decisions, removes } = look(person);
  const isLater = (id: string) =>
    decisions.some((one) => one.id === id && one.action === 'keep' && /^until /.test(one.why));
  return {
    ...{ person, adopted },
    loses: removes.filter((id) => adopted.includes(id) && !already.removes.includes(id)),
    losesLater: adopted.filter(isLater),
  };
}
