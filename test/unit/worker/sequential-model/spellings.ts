/** What the model knows of people and licenses by itself, and how callers may write them. */
const ORG = '5e1ec7ed-0000-4000-8000-000000000000';
/** The one that the token may name beside its own. */
const SECOND_ORG = '5e1ec7ed-0000-4000-8000-000000000002';
const uuid = (number: number) => `5e1ec7ed-0000-4000-8000-${String(number).padStart(12, '0')}`;
const toId = (uri: string) => Buffer.from(`ciscospark://us/${uri}`).toString('base64').replace(/=+$/, '');
const pad = (id: string) => id.padEnd(Math.ceil(id.length / 4) * 4, '=');

/** The last two have one name, in two subscriptions. */
export const PRODUCTS = [
  { name: 'Webex One', subscriptionId: 'Sub-1' },
  { name: 'Webex Two', subscriptionId: 'Sub-1' },
  { name: 'Webex Three', subscriptionId: 'Sub-1' },
  { name: 'Webex Three', subscriptionId: 'Sub-2' },
] as const;
/** Of these, each name is that of one license. */
export const UNIQUE_NAMES = 2;

const IDS_KEPT = 1_000;
/** A renewal gives a license another id, and the same name. */
export const toLicenseId = (product: number, renewals: number, isOfSecond = false): string =>
  toId(`LICENSE/${isOfSecond ? SECOND_ORG : ORG}:MS_${uuid(product * IDS_KEPT + renewals)}`);

export const LICENSE_SPELLINGS = [
  'id',
  'padded id',
  'id before the last renewal',
  'name',
  'name in other letters',
  'name member',
  'subscription',
] as const;
export type LicenseSpelling = (typeof LICENSE_SPELLINGS)[number];
const BY_NAME: readonly LicenseSpelling[] = ['name', 'name in other letters', 'name member'];

/** Which licenses a caller means; an add of a name that is not unique would leave open which one is given. */
export function toMeant(product: number, spelling: LicenseSpelling, isRemoval: boolean): readonly number[] {
  const isByName = product >= UNIQUE_NAMES && isRemoval && BY_NAME.includes(spelling);
  return isByName ? PRODUCTS.flatMap((_one, at) => (at >= UNIQUE_NAMES ? [at] : [])) : [product];
}

export function spellLicense(
  product: number,
  spelling: LicenseSpelling,
  isRemoval: boolean,
  renewals: number,
) {
  const { name = '', subscriptionId = '' } = PRODUCTS[product] ?? {};
  const isOpen = product >= UNIQUE_NAMES && !isRemoval && BY_NAME.includes(spelling);
  if (isOpen || spelling === 'subscription') return { name, subscriptionId };
  if (spelling === 'name') return name;
  if (spelling === 'name member') return { name };
  if (spelling === 'name in other letters') return `  ${name.toUpperCase().replace(' ', '   ')} `;
  const id = toLicenseId(
    product,
    spelling === 'id before the last renewal' ? Math.max(0, renewals - 1) : renewals,
  );
  return spelling === 'padded id' ? pad(id) : id;
}

/**
 * The second of them is in Webex's directory from the first `appear` on, the third never; the last is of another
 * organization. A person who is deleted and created again has the same addresses and another id.
 */
export const PEOPLE = ['ada', 'bob', 'cy', 'dee'].map((name, index) => ({
  index,
  email: `${name}@example.com`,
  alias: `${name}.alias@example.com`,
}));
export type ModelPerson = (typeof PEOPLE)[number];
export const [LATE, NEVER, OF_SECOND_ORG] = [1, 2, 3];

const LIVES_KEPT = 1_000;
const uuidOf = (index: number, life: number) => uuid(900_000_000 + index * LIVES_KEPT + life);
export const toPersonId = (index: number, life: number): string => toId(`PEOPLE/${uuidOf(index, life)}`);

export const PERSON_SPELLINGS = [
  'address',
  'address in capitals',
  'alias',
  'alias in capitals',
  'id',
  'padded id',
  'uuid',
  'id and address',
  "id and nobody's address",
] as const;
export type PersonSpelling = (typeof PERSON_SPELLINGS)[number];

export function spellPerson({ index, email, alias }: ModelPerson, spelling: PersonSpelling, life: number) {
  const id = toPersonId(index, life);
  const spelled: Readonly<Record<PersonSpelling, object>> = {
    address: { email },
    'address in capitals': { email: email.toUpperCase() },
    alias: { email: alias },
    'alias in capitals': { email: alias.toUpperCase() },
    id: { personId: id },
    'padded id': { personId: pad(id) },
    uuid: { personId: uuidOf(index, life) },
    'id and address': { personId: id, email },
    "id and nobody's address": { personId: id, email: 'nobody@example.com' },
  };
  return spelled[spelling];
}

interface Named {
  readonly email?: string | undefined;
  readonly personId?: string | undefined;
}

const byPersonId = new Map(
  PEOPLE.flatMap((person) =>
    Array.from({ length: LIVES_KEPT }, (_, life) => life).flatMap((life) => [
      [toPersonId(person.index, life), { person, life }] as const,
      [uuidOf(person.index, life), { person, life }] as const,
    ]),
  ),
);

/** Whom a caller means: an id counts before an address, and means one life of those who have the address. */
export function findPerson({ email, personId }: Named) {
  if (personId !== undefined) {
    const id = personId.replace(/=+$/, '');
    return byPersonId.get(id) ?? byPersonId.get(id.toLowerCase());
  }
  const address = email?.toLowerCase();
  const person = PEOPLE.find((one) => one.email === address || one.alias === address);
  return person && { person, life: undefined };
}

export const ORG_SPELLINGS = ['left out', 'uuid', 'uuid in capitals', 'id', 'padded id'] as const;
export type OrgSpelling = (typeof ORG_SPELLINGS)[number];
export const OWN_ORG_ID = toId(`ORGANIZATION/${ORG}`);

export const SECOND_ORG_ID = toId(`ORGANIZATION/${SECOND_ORG}`);

export const isSecondOrg = (orgId: string | undefined): boolean =>
  orgId !== undefined && [SECOND_ORG, SECOND_ORG_ID].includes(orgId.replace(/=+$/, ''));

export function spellOrg(spelling: OrgSpelling, isSecond: boolean): { readonly orgId?: string } {
  if (isSecond) return { orgId: spelling.endsWith('id') ? SECOND_ORG_ID : SECOND_ORG };
  const spelled: Readonly<Record<OrgSpelling, string | undefined>> = {
    'left out': undefined,
    uuid: ORG,
    'uuid in capitals': ORG.toUpperCase(),
    id: OWN_ORG_ID,
    'padded id': pad(OWN_ORG_ID),
  };
  const orgId = spelled[spelling];
  return orgId === undefined ? {} : { orgId };
}
