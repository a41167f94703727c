import { createHash } from 'node:crypto';
import type { Feature, PhoneNumber } from './lines.ts';

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
  /** So many people are listed as its holders, who are nobody else. */
  readonly madeUpHolders?: number;
}

export type AccountType = 'HOST' | 'ATTENDEE';

export interface Person {
  readonly id: string;
  readonly email: string;
  /** Other addresses of the same person, in lower case. */
  readonly aliases: readonly string[];
  readonly displayName: string;
  /** Outside the organization: what is assigned stays pending until it is accepted. */
  readonly isExternal: boolean;
  /** The person's own organization; absent where it is the one that lists the person. */
  readonly orgId?: string;
  /** ISO 8601. */
  readonly created: string;
  /** ISO 8601; absent where the person was never there. */
  readonly lastActivity?: string;
  readonly licenses: Set<string>;
  readonly pendingLicenses: Set<string>;
  /** Account type by site. */
  readonly sites: Map<string, AccountType>;
  readonly pendingSites: Map<string, AccountType>;
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
  /** The address that is the key of `people`, by each other address of a person. */
  readonly aliases: Map<string, string>;
  readonly locationIds: ReadonlySet<string>;
  /** By their ids. */
  readonly locationNames?: ReadonlyMap<string, string>;
  readonly siteUrls: ReadonlySet<string>;
  /** What has an extension and is no person, by `toFeatureKey`. */
  readonly features: Map<string, Feature>;
  /** Phone numbers, by E.164. */
  readonly numbers: Map<string, PhoneNumber>;
  /** So many people are listed, who are made up page by page and hold every license; nobody else is. */
  readonly madeUpPeople?: number;
}

/** What everybody has, without a subscription. */
export const FREE: ReadonlySet<Kind> = new Set([
  'messaging-basic',
  'meetings-basic',
  'call-basic',
  'screen-share',
]);

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

/** Of a full administrator. */
export const ADMIN_ROLE_ID = toId('ROLE/id_full_admin');

export interface NewPerson {
  /** By default that of the replaced person, or the one that goes with the address. */
  readonly id?: string;
  readonly email: string;
  readonly aliases?: readonly string[];
  readonly displayName?: string;
  readonly isExternal?: boolean;
  readonly licenses?: readonly string[];
  readonly created?: string;
  readonly lastActivity?: string;
  readonly unknownLooks?: number;
  readonly unknownUntilMs?: number;
}

const CREATED = '2026-01-05T08:00:00.000Z';

/** Adds a person, or replaces the one of the same address: what that one held is free again. */
export function addPerson(organization: Organization, person: NewPerson): Person {
  const email = person.email.toLowerCase();
  const aliases = (person.aliases ?? []).map((alias) => alias.toLowerCase());
  const isExternal = person.isExternal ?? false;
  const replaced = organization.people.get(email);
  const added: Person = {
    id: person.id ?? replaced?.id ?? toId(`PEOPLE/${toUuid(email)}`),
    email,
    aliases,
    displayName: person.displayName ?? email.split('@')[0] ?? email,
    isExternal,
    ...(isExternal && { orgId: toId(`ORGANIZATION/${toUuid(`org ${email.split('@')[1]}`)}`) }),
    created: person.created ?? CREATED,
    ...(person.lastActivity !== undefined && { lastActivity: person.lastActivity }),
    licenses: new Set(),
    pendingLicenses: new Set(),
    sites: new Map(),
    pendingSites: new Map(),
    unknownLooks: person.unknownLooks ?? 0,
    ...(person.unknownUntilMs !== undefined && { unknownUntilMs: person.unknownUntilMs }),
  };
  if (replaced) {
    for (const id of [...replaced.licenses, ...replaced.pendingLicenses]) take(organization, replaced, id);
    for (const alias of replaced.aliases) organization.aliases.delete(alias);
  }
  const implicit = [...organization.licenses.values()].filter(({ kind }) => FREE.has(kind) && !isExternal);
  const ids = [...implicit.map(({ id }) => id), ...(person.licenses ?? [])];
  for (const id of ids) give(organization, added, id);
  organization.people.set(email, added);
  for (const alias of aliases) organization.aliases.set(alias, email);
  return added;
}

export function give(organization: Organization, person: Person, licenseId: string): void {
  const held = person.isExternal ? person.pendingLicenses : person.licenses;
  const license = organization.licenses.get(licenseId);
  if (!license || person.licenses.has(licenseId) || held.has(licenseId)) return;
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
