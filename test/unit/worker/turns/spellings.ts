/** What the model knows of people and licenses by itself, and how callers may write them. */
const ORG = '5e1ec7ed-0000-4000-8000-000000000000';
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
export const toLicenseId = (product: number, renewals: number): string =>
  toId(`LICENSE/${ORG}:MS_${uuid(product * IDS_KEPT + renewals)}`);

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

/** The second of them is in Webex's directory from the first `appear` on. */
export const PEOPLE = ['ada', 'bob'].map((name, index) => ({
  id: toId(`PEOPLE/${uuid(900_000 + index)}`),
  uuid: uuid(900_000 + index),
  email: `${name}@example.com`,
  alias: `${name}.alias@example.com`,
}));
export type ModelPerson = (typeof PEOPLE)[number];

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

export function spellPerson({ id, uuid: bare, email, alias }: ModelPerson, spelling: PersonSpelling) {
  const spelled: Readonly<Record<PersonSpelling, object>> = {
    address: { email },
    'address in capitals': { email: email.toUpperCase() },
    alias: { email: alias },
    'alias in capitals': { email: alias.toUpperCase() },
    id: { personId: id },
    'padded id': { personId: pad(id) },
    uuid: { personId: bare },
    'id and address': { personId: id, email },
    "id and nobody's address": { personId: id, email: 'nobody@example.com' },
  };
  return spelled[spelling];
}

interface Named {
  readonly email?: string | undefined;
  readonly personId?: string | undefined;
}

/** Whom a caller means: an id counts before an address. */
export function findPerson({ email, personId }: Named): ModelPerson | undefined {
  if (personId !== undefined) {
    const id = personId.replace(/=+$/, '');
    return PEOPLE.find((one) => one.id === id || one.uuid === id.toLowerCase());
  }
  const address = email?.toLowerCase();
  return PEOPLE.find((one) => one.email === address || one.alias === address);
}

export const ORG_SPELLINGS = ['left out', 'uuid', 'uuid in capitals', 'id', 'padded id'] as const;
export type OrgSpelling = (typeof ORG_SPELLINGS)[number];
export const OWN_ORG_ID = toId(`ORGANIZATION/${ORG}`);

export function spellOrg(spelling: OrgSpelling): { readonly orgId?: string } {
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
