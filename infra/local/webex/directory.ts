import type { Organization, Person } from './organization.ts';

/** By id where there is one, else by any address, in any case. */
export function findPerson(
  organization: Organization,
  { email, personId }: { email?: string | undefined; personId?: string | undefined },
): Person | undefined {
  if (personId !== undefined) return findPersonById(organization, personId);
  if (email === undefined) return undefined;
  const address = email.toLowerCase();
  return organization.people.get(organization.aliases.get(address) ?? address);
}

/** Address by id, kept so that not every request goes through everybody. */
const addressesOf = new WeakMap<Organization, Map<string, string>>();

function findPersonById(organization: Organization, personId: string): Person | undefined {
  const addresses = addressesOf.get(organization) ?? new Map<string, string>();
  addressesOf.set(organization, addresses);
  const find = () => {
    const person = organization.people.get(addresses.get(personId) ?? '');
    return person?.id === personId ? person : undefined;
  };
  const found = find();
  if (found) return found;
  for (const { id, email } of organization.people.values()) addresses.set(id, email);
  return find();
}

/** False as long as the directory is behind. */
export const isListed = ({ unknownLooks, unknownUntilMs = 0 }: Person, now: Date): boolean =>
  unknownLooks === 0 && now.getTime() >= unknownUntilMs;

/** As `isListed`, and each look brings the directory nearer. */
export function isKnown(person: Person, now: Date): boolean {
  if (isListed(person, now)) return true;
  if (person.unknownLooks > 0) person.unknownLooks -= 1;
  return false;
}
