import { createHash } from 'node:crypto';

/** What a license is to the rules of assignment. */
export const KINDS = [
  'calling-professional',
  'calling-standard',
  'calling-workspaces',
  'attendant-console',
  'customer-experience',
  'meetings',
  'meetings-basic',
  'webinars',
  'suite',
  'messaging',
  'messaging-basic',
  'call-basic',
  'screen-share',
  'messenger',
  'hybrid',
] as const;

export type Kind = (typeof KINDS)[number];

export interface License {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  totalUnits: number;
  consumedUnits: number;
  /** Units that rooms and desks hold: nobody is listed for them. */
  readonly workspaces: number;
  readonly subscriptionId?: string;
  readonly siteUrl?: string;
  readonly siteType?: string;
  /** How the counts are written: old rows have text, some have null. */
  readonly oddCounts?: 'text' | 'null';
  /** So many people are listed as its holders, who are nobody else. */
  readonly madeUpHolders?: number;
}

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  /** Outside the organization: what is assigned stays pending until it is accepted. */
  readonly isExternal: boolean;
  readonly licenses: Set<string>;
  readonly pendingLicenses: Set<string>;
  /** Account type by site. */
  readonly sites: Map<string, 'HOST' | 'ATTENDEE'>;
  readonly pendingSites: Map<string, 'HOST' | 'ATTENDEE'>;
  extension?: string;
  phoneNumber?: string;
  locationId?: string;
  /** How many more times Webex does not know the person yet. */
  unknownLooks: number;
  /** Epoch milliseconds until which Webex does not know the person. */
  readonly unknownUntilMs?: number;
}

export interface Organization {
  readonly id: string;
  readonly licenses: Map<string, License>;
  /** By lower-case address. */
  readonly people: Map<string, Person>;
  readonly locationIds: ReadonlySet<string>;
  readonly siteUrls: ReadonlySet<string>;
}

/** What everybody has, without a subscription. */
const FREE: ReadonlySet<Kind> = new Set(['messaging-basic', 'meetings-basic', 'call-basic', 'screen-share']);

/** The same name gives the same uuid, at each start. */
export function toUuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** Webex ids are unpadded base64 of a URI. */
export const toId = (uri: string): string =>
  Buffer.from(`ciscospark://us/${uri}`).toString('base64').replace(/=+$/, '');

/** Adds a person, or replaces the one of the same address: what that one held is free again. */
export function addPerson(
  organization: Organization,
  person: {
    email: string;
    displayName?: string;
    isExternal?: boolean;
    licenses?: readonly string[];
    unknownLooks?: number;
    unknownUntilMs?: number;
  },
): Person {
  const email = person.email.toLowerCase();
  const added: Person = {
    id: toId(`PEOPLE/${toUuid(email)}`),
    email,
    displayName: person.displayName ?? email.split('@')[0] ?? email,
    isExternal: person.isExternal ?? false,
    licenses: new Set(),
    pendingLicenses: new Set(),
    sites: new Map(),
    pendingSites: new Map(),
    unknownLooks: person.unknownLooks ?? 0,
    ...(person.unknownUntilMs !== undefined && { unknownUntilMs: person.unknownUntilMs }),
  };
  const replaced = organization.people.get(email);
  if (replaced) {
    for (const id of [...replaced.licenses, ...replaced.pendingLicenses]) take(organization, replaced, id);
  }
  const implicit = [...organization.licenses.values()].filter(({ kind }) => FREE.has(kind));
  const ids = [...implicit.map(({ id }) => id), ...(person.licenses ?? [])];
  for (const id of ids) give(organization, added, id);
  organization.people.set(email, added);
  return added;
}

export function give(organization: Organization, person: Person, licenseId: string): void {
  const held = person.isExternal ? person.pendingLicenses : person.licenses;
  const license = organization.licenses.get(licenseId);
  if (!license || held.has(licenseId)) return;
  held.add(licenseId);
  // Pools can be overdrawn: nothing stops here, as nothing does at Webex. Free ones always look full.
  if (!FREE.has(license.kind)) license.consumedUnits += 1;
  const sites = person.isExternal ? person.pendingSites : person.sites;
  if (license.kind === 'meetings' && license.siteUrl) sites.set(license.siteUrl, 'HOST');
}

/** The licenses that a person's number and extension go with. */
const LINES: ReadonlySet<Kind> = new Set(['calling-professional', 'calling-standard']);

export function take(organization: Organization, person: Person, licenseId: string): void {
  const license = organization.licenses.get(licenseId);
  if (!license || !(person.licenses.delete(licenseId) || person.pendingLicenses.delete(licenseId))) return;
  if (!FREE.has(license.kind)) license.consumedUnits -= 1;
  if (license.kind === 'meetings' && license.siteUrl) {
    person.sites.delete(license.siteUrl);
    person.pendingSites.delete(license.siteUrl);
  }
  if (LINES.has(license.kind)) {
    delete person.extension;
    delete person.phoneNumber;
    delete person.locationId;
  }
}
