import { toId, toUuid } from '../../infra/local/webex/organization.ts';
import { seedOrganization } from '../../infra/local/webex/seed.ts';
import type { LicenseReference, LicenseRequest } from '../../src/contract/license-request.ts';
import { toPersonKey } from '../../src/ledger/person.ts';
import type { Chance } from './chance.ts';

/** How a request names its person, and the organization that it names or leaves out. */
export interface Named {
  readonly person: LicenseRequest['person'];
  readonly orgId?: string;
}

const organization = seedOrganization();
const ORG_UUID = toUuid('org acme');
const pad = (id: string) => id.padEnd(Math.ceil(id.length / 4) * 4, '=');

export const aliasOf = (email: string): string => email.replace('@', '.alias@');
const uuidOf = (email: string) => toUuid(email);
/** As the simulator gives it to a person who is added by this address. */
export const idOf = (email: string): string => toId(`PEOPLE/${uuidOf(email)}`);

/** @param hasId whether the caller can know the id: the directory has the person already */
export function spellNamed(email: string, hasId: boolean, chance: Chance): Named {
  const byAddress: readonly [Named['person'], ...Named['person'][]] = [
    { email },
    { email: email.toUpperCase() },
    { email: aliasOf(email) },
  ];
  const byId: readonly Named['person'][] = [
    { personId: idOf(email) },
    { personId: pad(idOf(email)) },
    { personId: uuidOf(email) },
    { personId: idOf(email), email: aliasOf(email).toUpperCase() },
  ];
  const person = chance.pick(hasId ? [...byAddress, ...byId] : byAddress);
  const orgId = chance.pick([undefined, undefined, organization.id, pad(organization.id), ORG_UUID]);
  return { person, ...(orgId !== undefined && { orgId }) };
}

/** All keys under which requests for somebody may lie. */
export function toKeysOf({ person, orgId }: Named): readonly string[] {
  const named = { person, orgId };
  return [toPersonKey(named), toPersonKey(named, ORG_UUID)];
}

/** The first address of whoever is named so. */
export function createFindOwner(emails: readonly string[]) {
  const known = new Map(
    emails.flatMap((email) =>
      [email, aliasOf(email), uuidOf(email), idOf(email)].map((name) => [name, email]),
    ),
  );
  return ({ email, personId }: LicenseRequest['person']): string | undefined =>
    personId === undefined ? known.get(email?.toLowerCase() ?? '') : known.get(personId.replace(/=+$/, ''));
}

function licenseOf(name: string) {
  const license = [...organization.licenses.values()].find((one) => one.name === name);
  if (!license) throw new Error(`There is no license ${name}`);
  return license;
}

export function spellLicense(name: string, chance: Chance): LicenseReference {
  const { id, subscriptionId } = licenseOf(name);
  return chance.pick<LicenseReference>([
    name,
    ` ${name.toUpperCase().replace(' ', '  ')} `,
    { name },
    { name: name.toLowerCase(), ...(subscriptionId && { subscriptionId }) },
    id,
    pad(id),
  ]);
}

/** The name of the license that is meant; undefined where it is none of these. */
export function findName<N extends string>(reference: LicenseReference, names: readonly N[]): N | undefined {
  const text = typeof reference === 'string' ? reference : reference.name;
  const plain = text.trim().replace(/\s+/g, ' ').toLowerCase();
  return names.find((name) => name.toLowerCase() === plain || licenseOf(name).id === text.replace(/=+$/, ''));
}
