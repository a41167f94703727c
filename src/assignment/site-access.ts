import type { Item } from '../ledger/items.ts';
import type { License } from '../webex/license.ts';
import { parseLicenseId } from '../webex/license-id.ts';
import type { Choice } from './choose.ts';
import type { Holdings } from './holdings.ts';

/**
 * Whether attendee access is to be added to a site whose host account may go with a license that is to be removed. Then
 * host access does not stand for attendee access: the person would have neither.
 * @param wanted all that is still to be done for the person
 */
export const mayLoseHost = ({ item: site }: { readonly item: Item }, wanted: readonly Choice[]): boolean =>
  site.kind === 'site' &&
  site.operation === 'add' &&
  wanted.some(
    ({ item, candidates }) =>
      item.operation === 'remove' && candidates.some((license) => toSite(license) === site.siteUrl),
  );

const toSite = ({ id, siteUrl }: License): string | undefined =>
  (siteUrl ?? parseLicenseId(id)?.siteUrl)?.toLowerCase();

/** Leaves out host accounts. */
export const toAttendeeAccess = (holdings: Holdings): Holdings => ({
  ...holdings,
  sites: holdings.sites?.filter(({ accountType }) => accountType === 'attendee'),
});
