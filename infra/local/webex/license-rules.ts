import { type RuleError, toRuleError } from './error-codes.ts';
import { isExtensionTaken, isNumberTaken } from './lines.ts';
import type { Kind, License, Organization, Person } from './organization.ts';

export interface LicenseItem {
  readonly id: string;
  readonly operation: 'add' | 'remove';
  readonly properties?:
    | {
        readonly locationId?: string | undefined;
        readonly phoneNumber?: string | undefined;
        readonly extension?: string | undefined;
      }
    | undefined;
}

export interface SiteItem {
  readonly siteUrl: string;
  readonly operation: 'add' | 'remove';
}

/** For each license item, in order: why Webex refuses it, or undefined. */
export function judgeLicenses(
  organization: Organization,
  person: Person,
  items: readonly LicenseItem[],
): readonly (RuleError | undefined)[] {
  const held = [...person.licenses, ...person.pendingLicenses];
  const heldKinds = toKinds(organization, held);
  const removals = items.filter(({ operation }) => operation === 'remove').map(({ id }) => id);
  // What the person has when the additions are judged: a swap is one request.
  const kinds = toKinds(
    organization,
    held.filter((id) => !removals.includes(id)),
  );
  const errors = new Map<LicenseItem, RuleError | undefined>();
  const additions = items.filter(({ operation }) => operation === 'add');
  for (const item of items) {
    if (item.operation === 'remove') errors.set(item, judgeRemoval(item, organization.licenses.get(item.id)));
  }
  for (const item of [...additions].sort(prerequisitesFirst(organization))) {
    const license = organization.licenses.get(item.id);
    const error = judgeAddition(organization, item, license, { person, kinds, heldKinds, held });
    errors.set(item, error);
    if (!error && license) kinds.add(license.kind);
  }
  // An exchange of Calling licenses is one change: without the new line, the old one stays.
  const isLine = ({ id }: LicenseItem) => organization.licenses.get(id)?.kind.startsWith('calling') ?? false;
  const refusal = additions
    .filter(isLine)
    .map((item) => errors.get(item))
    .find(Boolean);
  return items.map(
    (item) => errors.get(item) ?? (item.operation === 'remove' && isLine(item) ? refusal : undefined),
  );
}

export function judgeSite(organization: Organization, { siteUrl }: SiteItem): RuleError | undefined {
  return organization.siteUrls.has(siteUrl.toLowerCase()) ? undefined : toRuleError(400216, siteUrl);
}

function judgeRemoval({ id }: LicenseItem, license: License | undefined): RuleError | undefined {
  if (!license) return toRuleError(400000, id);
  if (license.kind === 'messenger') return toRuleError(400118, id);
  if (license.kind === 'screen-share') return toRuleError(700006, id);
  return undefined;
}

interface Having {
  readonly person: Person;
  /** After the removals of the request and the additions so far. */
  readonly kinds: ReadonlySet<Kind>;
  /** Before the request. */
  readonly heldKinds: ReadonlySet<Kind>;
  readonly held: readonly string[];
}

/** What a person outside the organization may be given. */
export const MEETINGS: ReadonlySet<Kind> = new Set(['meetings', 'webinars']);

const PHONE = /^\+?[1-9]\d{6,14}$/;

function judgeAddition(
  organization: Organization,
  { id, properties }: LicenseItem,
  license: License | undefined,
  { person, kinds, heldKinds, held }: Having,
): RuleError | undefined {
  if (!license) return toRuleError(400000, id);
  if (license.kind === 'messenger') return toRuleError(400118, id);
  if (held.includes(id)) return undefined;
  if (person.isExternal) {
    return MEETINGS.has(license.kind)
      ? undefined
      : { description: `Only meeting licenses can be assigned outside the organization: ${id}` };
  }
  // A change from one to the other has its own code; beside each other, it is that of the pair.
  const isGivenUp = (kind: Kind) => heldKinds.has(kind) && !kinds.has(kind);
  switch (license.kind) {
    case 'calling-standard':
      if (kinds.has('calling-professional')) return toRuleError(400404, id);
      if (isGivenUp('calling-professional')) return toRuleError(400112, id);
      if (kinds.has('attendant-console')) return toRuleError(400406, id);
      if (kinds.has('customer-experience')) return toRuleError(400407, id);
      if (isGivenUp('customer-experience')) return toRuleError(400410, id);
      if (kinds.has('calling-standard')) return toRuleError(400413, id);
      return judgeCalling(organization, id, properties, person);
    case 'calling-workspaces':
      return { description: `A license of workspaces cannot be assigned to a user: ${id}` };
    case 'calling-professional':
      if (kinds.has('calling-standard')) return toRuleError(400404, id);
      if (kinds.has('calling-professional')) return toRuleError(400413, id);
      return judgeCalling(organization, id, properties, person);
    case 'attendant-console':
      if (kinds.has('calling-standard')) return toRuleError(400406, id);
      return kinds.has('calling-professional') ? undefined : toRuleError(400408, id);
    case 'customer-experience':
      return kinds.has('calling-standard') ? toRuleError(400407, id) : undefined;
    case 'messaging':
      return kinds.has('messaging-basic') ? undefined : toRuleError(700003, id);
    case 'meetings-basic':
      return kinds.has('messaging-basic') ? undefined : toRuleError(700005, id);
    case 'suite':
      if (!kinds.has('meetings-basic')) return toRuleError(700004, id);
      return kinds.has('messaging-basic') ? undefined : toRuleError(700005, id);
    case 'meetings':
    case 'webinars':
      return kinds.has('meetings-basic') ? undefined : toRuleError(700004, id);
    default:
      return undefined;
  }
}

function judgeCalling(
  organization: Organization,
  id: string,
  properties: LicenseItem['properties'],
  person: Person,
): RuleError | undefined {
  const { phoneNumber, extension, locationId } = properties ?? {};
  if (phoneNumber === undefined && extension === undefined) return toRuleError(400411, id);
  if (phoneNumber !== undefined && !PHONE.test(phoneNumber)) return { description: 'Invalid phone number' };
  if (extension !== undefined && !/^\d{1,10}$/.test(extension)) return { description: 'Invalid extension' };
  // Without a number, only the location tells where the extension is.
  if (phoneNumber === undefined && locationId === undefined) return toRuleError(400, id);
  if (locationId !== undefined && !organization.locationIds.has(locationId)) return toRuleError(400, id);
  if (
    extension !== undefined &&
    locationId !== undefined &&
    isExtensionTaken(organization, { locationId, extension }, person)
  )
    return { description: `Extension ${extension} is already in use at the location` };
  if (phoneNumber !== undefined && isNumberTaken(organization, phoneNumber, person))
    return { description: `Phone number ${phoneNumber} is already in use` };
  return undefined;
}

const toKinds = (organization: Organization, ids: readonly string[]): Set<Kind> =>
  new Set(ids.flatMap((id) => organization.licenses.get(id)?.kind ?? []));

/** Those that need another, each after the ones that it needs. */
const DEPENDENT: readonly Kind[] = [
  'meetings-basic',
  'attendant-console',
  'suite',
  'messaging',
  'meetings',
  'webinars',
];

const prerequisitesFirst = (organization: Organization) => (a: LicenseItem, b: LicenseItem) => {
  const rank = ({ id }: LicenseItem) => DEPENDENT.indexOf(organization.licenses.get(id)?.kind ?? 'hybrid');
  return rank(a) - rank(b);
};
