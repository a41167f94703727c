import { type Feature, type PhoneNumber, toFeatureKey } from './lines.ts';
import {
  addPerson,
  FREE,
  type Kind,
  type License,
  type NewPerson,
  type Organization,
  toId,
  toUuid,
} from './organization.ts';

const TYPES: Readonly<Record<Kind, string>> = {
  'calling-professional': 'BCSTD',
  'calling-standard': 'BCBAS',
  'calling-workspaces': 'BCCA',
  'attendant-console': 'BCAC',
  'customer-experience': 'CXE',
  meetings: 'EE',
  'meetings-basic': 'FTM',
  webinars: 'EC',
  suite: 'WS',
  messaging: 'MS',
  'messaging-basic': 'FMS',
  'call-basic': 'FTC',
  'screen-share': 'FSS',
  messenger: 'JM',
  hybrid: 'CE',
};

export interface NewLicense {
  readonly name: string;
  readonly kind: Kind;
  /** In the id, the letters that tell the product; by default those of the kind. */
  readonly type?: string;
  readonly totalUnits: number;
  /** By default the number of those that the people here hold; free licenses always look full. */
  readonly consumedUnits?: number;
  readonly workspaces?: number;
  readonly subscriptionId?: string;
  readonly siteUrl?: string;
  readonly siteType?: string;
}

export interface NewOrganization {
  /** The same name gives the same ids. */
  readonly name: string;
  readonly licenses: readonly NewLicense[];
  /** With the ids or the names of their licenses. */
  readonly people: readonly NewPerson[];
  /** Names of places. */
  readonly locations: readonly string[];
  /** Call parks and queues, each at one of the locations. */
  readonly features?: readonly (Omit<Feature, 'locationId'> & { readonly location: string })[];
  readonly numbers?: readonly (Omit<PhoneNumber, 'locationId'> & {
    readonly phoneNumber: string;
    readonly location: string;
  })[];
}

const toLocationId = (place: string) => toId(`LOCATION/${toUuid(place)}`);

/** @returns the organization, whose first person is its administrator */
export function createOrganization({
  name,
  licenses,
  people,
  locations,
  features = [],
  numbers = [],
}: NewOrganization): Organization {
  const org = toUuid(`org ${name.toLowerCase()}`);
  const rows = licenses.map((license, index) => toLicense(org, license, index));
  const organization: Organization = {
    id: toId(`ORGANIZATION/${org}`),
    licenses: new Map(rows.map((license) => [license.id, license])),
    people: new Map(),
    aliases: new Map(),
    locationIds: new Set(locations.map(toLocationId)),
    locationNames: new Map(locations.map((place) => [toLocationId(place), place])),
    siteUrls: new Set(rows.flatMap(({ siteUrl }) => siteUrl ?? [])),
    features: new Map(),
    numbers: new Map(
      numbers.map(({ phoneNumber, location, ...row }) => [
        phoneNumber,
        { ...row, locationId: toLocationId(location) },
      ]),
    ),
  };
  const locationIds = [...organization.locationIds];
  for (const [index, person] of people.entries()) {
    const held = (person.licenses ?? []).map(
      (wanted) => rows.find((license) => license.id === wanted || license.name === wanted)?.id ?? wanted,
    );
    const added = addPerson(organization, { ...person, licenses: held });
    const locationId = locationIds[index % locationIds.length];
    const isCaller = held.some((id) => organization.licenses.get(id)?.kind.startsWith('calling'));
    if (locationId && isCaller) Object.assign(added, { extension: `${4_000 + index}`, locationId });
  }
  for (const { location, ...feature } of features) {
    const placed = { ...feature, locationId: toLocationId(location) };
    organization.features.set(toFeatureKey(placed), placed);
  }
  // The people here may be only some of those who consume.
  for (const [index, license] of rows.entries()) {
    const held = FREE.has(license.kind) ? license.totalUnits : license.consumedUnits + license.workspaces;
    license.consumedUnits = licenses[index]?.consumedUnits ?? held;
  }
  return organization;
}

/** The part of an id that is the license's own is the same in each organization. */
function toLicense(org: string, { type, ...license }: NewLicense, index: number): License {
  const { kind, siteUrl } = license;
  const site = siteUrl ? `_${siteUrl}` : '';
  const id = toId(`LICENSE/${org}:${type ?? TYPES[kind]}_${toUuid(`license ${index}`)}${site}`);
  return { workspaces: 0, ...license, id, consumedUnits: 0 };
}
