import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { toPersonKey } from '../requests/record/person.ts';
import { toCanonicalId } from '../webex/webex-id.ts';
import { type HrPeople, newPerson, type Person } from './person.ts';
import { newestEmails } from './to-request.ts';

/** A person as Webex shows them. */
export interface PersonAtWebex {
  readonly personId: string;
  readonly licenseIds: readonly string[];
}

export interface IdentifyDeps {
  readonly people: Pick<HrPeople, 'read' | 'write'>;
  /** @throws {WebexFailure} where Webex cannot be asked */
  readonly findAtWebex: (
    who: { readonly email: string } | { readonly personId: string },
  ) => Promise<PersonAtWebex | undefined>;
}

const isSameId = (one: string, other: string) =>
  toCanonicalId('PEOPLE', one) === toCanonicalId('PEOPLE', other);

/**
 * Takes in new addresses of the employees: they are the same person, unless Webex knows another one by them. Of a person
 * who was found before, Webex is asked once about each new address.
 */
export async function identify({ people, findAtWebex }: IdentifyDeps, person: Person): Promise<Person> {
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
  for (const email of known.emails)
    if (!person.emails.includes(email)) await linkName(people, person, { email });
  return known;
}

/** Makes another name of a person lead to them. One that leads elsewhere stays. */
export async function linkName(
  people: Pick<HrPeople, 'read' | 'write'>,
  { personKey, updatedAt }: Person,
  name: { readonly email: string } | { readonly personId: string },
): Promise<string> {
  const key = toPersonKey({ person: name });
  if (key === personKey) return personKey;
  const written = await people.write({ ...newPerson(key, updatedAt), sameAs: personKey });
  if (written !== VERSION_CONFLICT) return personKey;
  const there = await people.read(key);
  return there?.sameAs ?? key;
}

/** The ids of the licenses that a person holds; none where Webex has no such person. */
export async function readHeld(
  { findAtWebex }: Pick<IdentifyDeps, 'findAtWebex'>,
  { personId, emails }: Person,
): Promise<readonly string[]> {
  const email = emails.at(-1);
  const who = personId !== undefined ? { personId } : email !== undefined ? { email } : undefined;
  return (who && (await findAtWebex(who)))?.licenseIds ?? [];
}
