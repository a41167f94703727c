import type { Organization, Person } from './organization.ts';

/** A phone number of a location. */
export interface PhoneNumber {
  readonly locationId: string;
  readonly state: 'ACTIVE' | 'INACTIVE';
  readonly isReserved?: boolean;
  readonly isService?: boolean;
  readonly isTollFree?: boolean;
  readonly isMain?: boolean;
}

/** What has an extension and is no person: a call park, a queue. By location and extension. */
export interface Feature {
  readonly locationId: string;
  readonly extension: string;
  readonly type: string;
}

export const toFeatureKey = ({ locationId, extension }: Omit<Feature, 'type'>): string =>
  `${locationId} ${extension}`;

/** Who has an extension at a location, or a phone number; undefined where nothing has it. */
export const findHolder = ({ people }: Organization, has: (person: Person) => boolean): Person | undefined =>
  [...people.values()].find(has);

export function isExtensionTaken(
  organization: Organization,
  place: Omit<Feature, 'type'>,
  exceptFor?: Person,
): boolean {
  const { locationId, extension } = place;
  if (organization.features.has(toFeatureKey(place))) return true;
  return (
    findHolder(
      organization,
      (person) => person !== exceptFor && person.extension === extension && person.locationId === locationId,
    ) !== undefined
  );
}

export const isNumberTaken = (organization: Organization, phoneNumber: string, exceptFor?: Person): boolean =>
  findHolder(organization, (person) => person !== exceptFor && person.phoneNumber === phoneNumber) !==
  undefined;
