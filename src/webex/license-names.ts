import { findMeant } from '../platform/nearest.ts';
import { findCandidates } from './catalogue.ts';
import type { License, LicenseReference } from './license.ts';
import { parseLicenseId } from './license-id.ts';
import { parsePlacedName } from './license-name.ts';

/** A name with the subscription and the site that tell it from others of the name. */
export interface PlacedName {
  readonly name: string;
  readonly subscriptionId?: string;
  readonly siteUrl?: string;
}

export const toPlacedName = ({ name, subscriptionId, siteUrl }: License): PlacedName => ({
  name,
  ...(subscriptionId && { subscriptionId }),
  ...(siteUrl && { siteUrl }),
});

/** A license as a person reads it. */
export interface NamedLicense {
  /** Webex's license id, or `site:<host>`. */
  readonly id: string;
  /** With the subscription or the site where the catalogue has several of the name; the id of one that it lacks. */
  readonly name: string;
}

/** A license as a request or a policy names it, such as `Webex Suite (Sub100448)`. */
export const toReferenceText = (reference: LicenseReference): string => {
  if (typeof reference === 'string') return reference;
  const places = [reference.subscriptionId, reference.siteUrl].filter((place) => place !== undefined);
  return places.length === 0 ? reference.name : `${reference.name} (${places.join(', ')})`;
};

/** Names licenses by the catalogue. */
export function createNameLicense(catalogue: readonly License[]): (id: string) => NamedLicense {
  const counts = new Map<string, number>();
  for (const { name } of catalogue) counts.set(name, (counts.get(name) ?? 0) + 1);
  return (id) => {
    const license = catalogue.find((one) => one.id === id);
    if (license === undefined) return { id, name: id.replace(/^site:/, '') };
    const { name, subscriptionId, siteUrl } = license;
    const place = siteUrl ?? subscriptionId;
    return { id, name: (counts.get(name) ?? 0) > 1 && place ? `${name} (${place})` : name };
  };
}

const MAX_PLACES = 5;

/**
 * What a reference that no license has may mean: where its name is, or the nearest names. Empty where nothing is near, and
 * for an id.
 */
export function toMeantText(reference: LicenseReference, licenses: readonly License[]): string {
  const name = typeof reference === 'string' ? reference : reference.name;
  if (parseLicenseId(name) !== undefined) return '';
  const placed = typeof reference === 'string' ? parsePlacedName(reference) : reference;
  const elsewhere = placed ? findCandidates({ name: placed.name }, licenses) : [];
  const meant =
    elsewhere.length > 0
      ? elsewhere.slice(0, MAX_PLACES).map((license) => toReferenceText(toPlacedName(license)))
      : findMeant(
          name,
          licenses.map((license) => license.name),
        );
  return meant.length === 0 ? '' : `did you mean ${meant.join(' or ')}?`;
}
