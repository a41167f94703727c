import type { RenewedLicense } from '../webex/license.ts';
import { toComparableId } from '../webex/license-id.ts';
import { type DirectRequest, isNewer } from './person.ts';

/**
 * The direct requests by the ids that the catalogue has now: one about a license that was renewed is about the license that
 * took its place. Of several about one license, the newest counts.
 */
export function followRenewals(
  directs: readonly DirectRequest[],
  catalogue: readonly RenewedLicense[],
): readonly DirectRequest[] {
  if (directs.length === 0) return directs;
  const renewed = new Map(
    catalogue.flatMap(({ id, formerIds = [] }) => formerIds.map((formerId) => [formerId, id] as const)),
  );
  const newest = new Map<string, DirectRequest>();
  for (const direct of directs) {
    const licenseId = renewed.get(toComparableId(direct.licenseId)) ?? direct.licenseId;
    const known = newest.get(licenseId);
    if (known === undefined || isNewer(direct, known)) newest.set(licenseId, { ...direct, licenseId });
  }
  return [...newest.values()];
}
