import type { LicenseRequest } from '../requests/license-request.ts';
import type { ItemResult } from '../requests/record/item-result.ts';
import { toItems } from '../requests/record/items.ts';
import type { StoredRequest } from '../requests/record/record.ts';
import type { Location } from '../webex/locations.ts';
import { toCanonicalId } from '../webex/webex-id.ts';
import type { AttemptEnd } from './attempt/attempt-end.ts';

/** The result of each item of a request, with the names that readers know: a catalogue of later may lack them. */
export function nameResults(
  { request, results: before }: StoredRequest,
  results: readonly ItemResult[],
  { names }: AttemptEnd['seen'],
  locations: readonly Location[] | undefined,
): readonly ItemResult[] {
  const items = request ? toItems(request) : [];
  return results.map((result, index) => {
    const named = withLicenses(result, before[index]?.licenses, names);
    const item = items[index];
    const id = item?.kind === 'license' && item.operation === 'add' ? item.properties?.locationId : undefined;
    return id === undefined ? named : withLocation(named, id, locations);
  });
}

/** Whether a request names a location of the token's own organization. */
export const namesLocation = ({ request }: { readonly request?: LicenseRequest | undefined }): boolean =>
  request?.orgId === undefined &&
  request?.licenses.some(({ properties }) => properties?.locationId !== undefined) === true;

/** @param before as an earlier attempt named them: a newer version may have written more of them */
function withLicenses(
  result: ItemResult,
  before: ItemResult['licenses'] = [],
  names: AttemptEnd['seen']['names'],
): ItemResult {
  const ids = result.licenseIds ?? (result.licenseId === undefined ? [] : [result.licenseId]);
  const licenses = ids.flatMap((id) => {
    const named = names.get(id);
    return named === undefined ? [] : (before.find((one) => isSame(one, named)) ?? named);
  });
  return licenses.length === ids.length && ids.length > 0 ? { ...result, licenses } : result;
}

type Named = NonNullable<ItemResult['licenses']>[number];
const isSame = (one: Named, other: Named): boolean =>
  one.name === other.name && one.subscriptionId === other.subscriptionId && one.siteUrl === other.siteUrl;

/** The texts of Seatline and of Webex say "the location". */
function withLocation(
  result: ItemResult,
  locationId: string,
  locations: readonly Location[] = [],
): ItemResult {
  const id = toCanonicalId('LOCATION', locationId);
  const locationName = locations.find((one) => toCanonicalId('LOCATION', one.id) === id)?.name;
  // A result of an earlier attempt has the name.
  if (locationName === undefined || result.locationName !== undefined) return result;
  const detail = result.detail?.replace(/\bthe location\b/, () => `the location ${locationName}`);
  return { ...result, locationName, ...(detail !== undefined && { detail }) };
}
