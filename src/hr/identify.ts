import { toCanonicalId } from '../webex/webex-id.ts';
import type { Person } from './person.ts';
import { newestEmails } from './to-request.ts';

/** A person as Webex shows them. */
export interface PersonAtWebex {
  readonly personId: string;
  /** All addresses: HR may name the person as several employees by them. */
  readonly emails: readonly string[];
  /** Undefined where Webex did not tell: that is not none. */
  readonly licenseIds: readonly string[] | undefined;
  /** Absent where Webex did not tell. */
  readonly createdAt?: Date;
}

export interface IdentifyDeps {
  /** @throws {WebexFailure} where Webex cannot be asked */
  readonly findAtWebex: (
    who: { readonly email: string } | { readonly personId: string },
  ) => Promise<PersonAtWebex | undefined>;
}

/** Whether two ids of people, in any spelling, are one. */
export const isSameId = (one: string, other: string) =>
  toCanonicalId('PEOPLE', one) === toCanonicalId('PEOPLE', other);

/**
 * Whether a person at Webex was created only after these employees had left: their address belongs to another person now.
 * Whoever was found while they worked is known by the id, and is that person.
 * @param endMs the end of the last employment; undefined where the person works, or where HR told no end
 */
export function isSuccessor(
  { personId, createdAt: unconfirmed }: Pick<Person, 'personId' | 'createdAt'>,
  endMs: number | undefined,
  createdAt: Date | undefined = unconfirmed,
): boolean {
  const isConfirmed = personId !== undefined && unconfirmed === undefined;
  return !isConfirmed && endMs !== undefined && createdAt !== undefined && createdAt.getTime() >= endMs;
}

/** Marks the address of a person as one of another person at Webex: nothing is asked until HR mends that. */
export const asAstray = <P extends Person>(person: P): P => ({
  ...person,
  astray: newestEmails(person).at(-1) ?? person.emails.at(-1) ?? '',
});

/**
 * Takes in new addresses of the employees: they are the same person, unless Webex knows another one by them. Of a person
 * who was found before, Webex is asked once about each new address.
 */
export async function identify({ findAtWebex }: IdentifyDeps, person: Person): Promise<Person> {
  const { personId } = person;
  const emails = newestEmails(person);
  const { astray: _before, ...rest } = person;
  let known: Person = rest;
  for (const email of emails) {
    if (person.emails.includes(email)) continue;
    if (person.astray === email) return person;
    const found = personId === undefined ? undefined : await findAtWebex({ email });
    if (found && personId !== undefined && !isSameId(found.personId, personId))
      return { ...known, astray: email };
    known = { ...known, emails: [...known.emails, email] };
  }
  return known;
}

/** The Webex person of the id, or of the newest address. */
export async function findAgain(
  { findAtWebex }: Pick<IdentifyDeps, 'findAtWebex'>,
  { personId, emails }: Person,
): Promise<PersonAtWebex | undefined> {
  const email = emails.at(-1);
  const who = personId !== undefined ? { personId } : email !== undefined ? { email } : undefined;
  return who && findAtWebex(who);
}

const isNotFound = ({ reason }: Person['failures'][number]) => reason === 'person-not-found';

/** Whether what a person should have failed because Webex did not know them. */
export const isAbsent = ({ personId, failures }: Person): boolean =>
  personId === undefined && failures.some(isNotFound);

/** Looks for a person who was not found before: once they are there, all is asked again. */
export async function findAbsent(
  deps: IdentifyDeps,
  person: Person,
  endMs: number | undefined,
): Promise<Person> {
  const found = isAbsent(person) ? await findAgain(deps, person) : undefined;
  if (found === undefined) return person;
  if (isSuccessor(person, endMs, found.createdAt)) return asAstray(person);
  const failures = person.failures.filter((failure) => !isNotFound(failure));
  return { ...person, personId: found.personId, failures };
}
