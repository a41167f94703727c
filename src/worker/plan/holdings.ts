import type { Item } from '../../requests/record/items.ts';
import type { License } from '../../webex/license.ts';
import { parseLicenseId, parseOrgId, toComparableId } from '../../webex/license-id.ts';
import type { Person, SiteResponse, UserLicensesResponse } from '../../webex/user-licenses.ts';
import type { CallingLine } from './calling-properties.ts';
import type { Choice } from './references.ts';

/** What a person has, as the answer to a change or to a read of the person tells it. */
export interface Holdings {
  readonly personId: string | undefined;
  readonly licenses: readonly string[];
  /** Had once a person outside the organization accepts. Undefined where the answer does not tell. */
  readonly pendingLicenses: readonly string[] | undefined;
  /** Undefined where the answer does not tell. */
  readonly sites: readonly SiteResponse[] | undefined;
  readonly pendingSites: readonly SiteResponse[] | undefined;
  /** The answer to a change does not tell it. */
  readonly line?: CallingLine;
}

/** What an attempt learnt on its way. */
export interface Seen {
  /** As the person was before the attempt changed anything; undefined where the person was not read. */
  readonly holdings: Holdings | undefined;
  /** Of licenses, by id. */
  readonly names: ReadonlyMap<string, string>;
}

export const toHoldings = (user: UserLicensesResponse): Holdings => ({
  personId: user.personId ?? undefined,
  licenses: user.licenses,
  pendingLicenses: user.pendingLicenses,
  sites: user.siteUrls,
  pendingSites: user.pendingSiteUrls,
});

/**
 * What a read of a person tells; undefined where it does not tell the licenses: that is not to hold none. It never
 * lists what is pending: nothing is for a person of the organization, and anything may be for another one.
 */
export function toHoldingsOf(person: Person, isOwn: IsOwnOrg): Holdings | undefined {
  const { id, orgId, licenses, siteUrls } = person;
  if (!licenses) return undefined;
  const pending = isOwn(orgId) ? [] : undefined;
  const sites = siteUrls ?? undefined;
  return { personId: id, licenses, sites, pendingLicenses: pending, pendingSites: pending, line: person };
}

/** Whether an organization is the one whose licenses are changed; false where that cannot be told. */
export type IsOwnOrg = (orgId: string | null | undefined) => boolean;

/** A license id names its organization. */
export function toIsOwnOrg(licenses: readonly License[]): IsOwnOrg {
  const own = licenses.map(({ id }) => parseLicenseId(id)?.orgUuid.toLowerCase()).find(Boolean);
  return (orgId) => own !== undefined && parseOrgId(orgId ?? '')?.toLowerCase() === own;
}

/** Whether a person has one of several licenses, or has to accept it. */
export const findHad = (
  licenses: readonly License[],
  holdings: Holdings,
): { readonly license: License; readonly isPending: boolean } | undefined => {
  const held = licenses.find((license) => isHeld(license, holdings));
  if (held) return { license: held, isPending: false };
  const pending = licenses.find((license) => isPending(license, holdings));
  return pending && { license: pending, isPending: true };
};

export const isHeld = ({ id }: Pick<License, 'id'>, { licenses }: Holdings): boolean =>
  includesId(licenses, id);

/** Whether the person has the license once it is accepted; false, too, where that is not told. */
export const isPending = ({ id }: Pick<License, 'id'>, { pendingLicenses = [] }: Holdings): boolean =>
  includesId(pendingLicenses, id);

/** Held or pending. */
export const isHad = (license: Pick<License, 'id'>, holdings: Holdings): boolean =>
  isHeld(license, holdings) || isPending(license, holdings);

function includesId(ids: readonly string[], id: string): boolean {
  const comparable = toComparableId(id);
  return ids.some((held) => held === id || toComparableId(held) === comparable);
}

/** A host keeps the site when the attendee role goes; for an added attendee, host access is as good. */
export const isSameSite =
  (item: Extract<Item, { kind: 'site' }>) =>
  (site: { readonly siteUrl: string; readonly accountType: string }): boolean =>
    site.siteUrl === item.siteUrl && (item.operation === 'add' || site.accountType === 'attendee');

/**
 * Whether attendee access is to be added to a site whose host account may go with a license that is to be removed. Then
 * host access does not stand for attendee access: the person would have neither.
 * @param open all that is still to be done for the person
 */
export const mayLoseHost = (site: Item, open: readonly Choice[]): boolean =>
  site.kind === 'site' &&
  site.operation === 'add' &&
  open.some(
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
