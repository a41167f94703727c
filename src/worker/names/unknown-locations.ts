import { findMeant } from '../../platform/nearest.ts';
import type { LicenseRequest } from '../../requests/license-request.ts';
import type { Location } from '../../webex/locations.ts';
import { toCanonicalId } from '../../webex/webex-id.ts';
import type { UnknownName } from './unknown-licenses.ts';

/** The locations of added Calling licenses that the organization does not have. */
export function findUnknownLocations(
  { licenses }: LicenseRequest,
  locations: readonly Location[],
): readonly UnknownName[] {
  const ids = new Set(locations.map(({ id }) => toCanonicalId('LOCATION', id)));
  return licenses.flatMap(({ operation, properties: { locationId } = {} }, index) => {
    if (operation !== 'add' || locationId === undefined) return [];
    if (ids.has(toCanonicalId('LOCATION', locationId))) return [];
    const pointer = `/licenses/${index}/properties/locationId`;
    const detail = 'is no location of the organization';
    return [{ pointer, detail, toHint: () => toHint(locationId, locations) }];
  });
}

/** A name in the place of an id, perhaps misspelt. */
function toHint(text: string, locations: readonly Location[]): string {
  const meant = findMeant(
    text,
    locations.map(({ name }) => name),
  ).flatMap((name) => locations.filter((location) => location.name === name));
  return meant.length === 0
    ? 'GET /api/locations lists them'
    : `did you mean ${meant.map(({ name, id }) => `${name}, which has the id ${id}`).join(', or ')}?`;
}
