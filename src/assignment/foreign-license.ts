import { toUuid } from '../contract/webex-id.ts';
import type { ItemResult } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import type { License } from '../webex/license.ts';
import { parseLicenseId } from '../webex/license-id.ts';

/**
 * Refuses a license whose id says that it is of another organization than the request; undefined where it is not, or the
 * ids do not tell.
 * @param orgId the organization that the request names; else it is that of the catalogue
 */
export function toForeignRefusal(
  item: Item,
  orgId: string | undefined,
  licenses: readonly License[],
): ItemResult | undefined {
  if (item.kind !== 'license' || typeof item.reference !== 'string') return undefined;
  const { reference } = item;
  const itsOrg = toOrgUuid(reference);
  if (itsOrg === undefined || licenses.some(({ id }) => id === reference)) return undefined;
  const named = orgId === undefined ? undefined : toUuid('ORGANIZATION', orgId);
  const org = named ?? licenses.map(({ id }) => toOrgUuid(id)).find(Boolean);
  if (org === undefined || org === itsOrg) return undefined;
  return {
    result: 'failed',
    condition: 'license-of-another-organization',
    detail:
      'The id is that of a license of another organization: name a license of this one, or that organization as orgId.',
  };
}

const toOrgUuid = (licenseId: string) => parseLicenseId(licenseId)?.orgUuid.toLowerCase();
