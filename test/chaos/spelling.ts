import { toId, toUuid } from '../../infra/local/webex/organization.ts';
import { seedOrganization } from '../../infra/local/webex/seed.ts';
import type { LicenseRequest } from '../../src/requests/license-request.ts';
import { toPersonKey } from '../../src/requests/record/person.ts';
import type { LicenseReference } from '../../src/webex/license.ts';
import { toCanonicalId } from '../../src/webex/webex-id.ts';
import type { Chance } from './chance.ts';

/** How a request names its person, and the organization that it names or leaves out. */
export interface Named {
  readonly person: LicenseRequest['person'];
  readonly orgId?: string;
}

const organization = seedOrganization();
const ORG_UUID = toUuid('org acme');
/** The organization that the token may name beside its own. */
export const SECOND_ORG = { name: 'Globex', id: toId(`ORGANIZATION/${toUuid('org globex')}`) };
const SECOND_ORG_UUID = toUuid('org globex');
const pad = (id: string) => id.padEnd(Math.ceil(id.length / 4) * 4, '=');

export const aliasOf = (email: string): string => email.replace('@', '.alias@');
const uuidOf = (email: string) => toUuid(email);
/** As the simulator gives it to a person who is added by this address. */
export const idOf = (email: string): string => toId(`PEOPLE/${uuidOf(email)}`);
const nextUuidOf = (email: string) => toUuid(`${email} created again`);
/** Of the person who was created with an address whose first person had been deleted. */
export const nextIdOf = (email: string): string => toId(`PEOPLE/${nextUuidOf(email)}`);

interface Spelt {
  /** Whether Webex lists the person from the beginning, so that a caller may know the id. */
  readonly isListed?: boolean;
  /** Whether the person is the second one of the address. */
  readonly isNext?: boolean;
  readonly isOfSecondOrg?: boolean;
}

export function spellNamed(email: string, spelt: Spelt, chance: Chance): Named {
  const { isListed = true, isNext = false, isOfSecondOrg = false } = spelt;
  const [id, uuid] = isNext ? [nextIdOf(email), nextUuidOf(email)] : [idOf(email), uuidOf(email)];
  const byAddress: readonly [Named['person'], ...Named['person'][]] = [
    { email },
    { email: email.toUpperCase() },
  ];
  // Until Webex lists a person, nothing tells that two addresses are of one person.
  const whereListed: readonly Named['person'][] = [
    { email: aliasOf(email) },
    { personId: id },
    { personId: pad(id) },
    { personId: uuid },
    { personId: id, email: aliasOf(email).toUpperCase() },
  ];
  const person = chance.pick(isListed ? [...byAddress, ...whereListed] : byAddress);
  const orgId = isOfSecondOrg
    ? chance.pick([SECOND_ORG.id, pad(SECOND_ORG.id), SECOND_ORG_UUID])
    : chance.pick([undefined, undefined, organization.id, pad(organization.id), ORG_UUID]);
  return { person, ...(orgId !== undefined && { orgId }) };
}

/** All keys under which requests for somebody may lie. */
export function toKeysOf({ person, orgId }: Named): readonly string[] {
  const named = { person, orgId };
  return [toPersonKey(named), toPersonKey(named, ORG_UUID)];
}

/** Whether an organization is the second one, however it is written. */
export const isSecondOrg = (orgId: string | undefined): boolean =>
  orgId !== undefined && toCanonicalId('ORGANIZATION', orgId) === SECOND_ORG.id;

/** The first address of whoever is named so. */
export function createFindOwner(emails: readonly string[]) {
  const known = new Map(
    emails.flatMap((email) =>
      [...[email, aliasOf(email)], ...[uuidOf(email), idOf(email), nextUuidOf(email), nextIdOf(email)]].map(
        (name) => [name, email],
      ),
    ),
  );
  return ({ email, personId }: LicenseRequest['person']): string | undefined =>
    personId === undefined ? known.get(email?.toLowerCase() ?? '') : known.get(personId.replace(/=+$/, ''));
}

export type FindOwner = ReturnType<typeof createFindOwner>;

function licenseOf(name: string) {
  const license = [...organization.licenses.values()].find((one) => one.name === name);
  if (!license) throw new Error(`There is no license ${name}`);
  return license;
}

/** By the ids of the own organization. */
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
