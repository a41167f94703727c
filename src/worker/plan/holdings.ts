import type { Holding } from '../../audit/change.ts';
import type { Item } from '../../requests/record/items.ts';
import type { License } from '../../webex/license.ts';
import { parseLicenseId, parseOrgId, toComparableId } from '../../webex/license-id.ts';
import type { PlacedName } from '../../webex/license-names.ts';
import type { Person, SiteResponse, UserLicensesResponse } from '../../webex/user-licenses.ts';
import type { CallingLine } from './calling-properties.ts';
import type { Choice } from './references.ts';

/** The licenses and sites of a person, by the answer to a change or a read. Members are undefined where they are unknown. */
export interface Holdings {
  readonly personId: string | undefined;
  readonly licenses: readonly string[];
  /** The person has them on accepting them, from outside the organization. */
  readonly pendingLicenses: readonly string[] | undefined;
  readonly sites: readonly SiteResponse[] | undefined;
  readonly pendingSites: readonly SiteResponse[] | undefined;
  /** Only by a read. */
  readonly line?: CallingLine;
}

/** What the audit trail needs to know of an attempt. */
export interface Seen {
  /** Before the first change of the attempt; undefined where the person was not read. */
  readonly holdings: Holdings | undefined;
  /** Of licenses, by id. */
  readonly names: ReadonlyMap<string, PlacedName>;
}

export const toHoldings = (user: UserLicensesResponse): Holdings => ({
  personId: user.personId ?? undefined,
  licenses: user.licenses,
  pendingLicenses: user.pendingLicenses,
  sites: user.siteUrls,
  pendingSites: user.pendingSiteUrls,
});

/**
 * The holdings by a read of a person; undefined where it does not tell the licenses, which does not mean none. A read never
 * tells pending licenses: a person of the organization has none, and for another person they are unknown.
 */
export function toHoldingsOf(person: Person, isOwn: IsOwnOrg): Holdings | undefined {
  const { id, orgId, licenses, siteUrls } = person;
  if (!licenses) return undefined;
  const pending = isOwn(orgId) ? [] : undefined;
  const sites = siteUrls ?? undefined;
  return { personId: id, licenses, sites, pendingLicenses: pending, pendingSites: pending, line: person };
}

/** Whether an organization is the one whose licenses are changed; false where that is unknown. */
export type IsOwnOrg = (orgId: string | null | undefined) => boolean;

/** A license id names its organization. */
export function toIsOwnOrg(licenses: readonly License[]): IsOwnOrg {
  const own = licenses.map(({ id }) => parseLicenseId(id)?.orgUuid.toLowerCase()).find(Boolean);
  return (orgId) => own !== undefined && parseOrgId(orgId ?? '')?.toLowerCase() === own;
}

type Identified = Pick<License, 'id'>;

/** The first of several licenses that a person holds, else has to accept. */
export const findHad = <T extends Identified>(licenses: readonly T[], holdings: Holdings): T | undefined =>
  licenses.find((license) => isHeld(license, holdings)) ??
  licenses.find((license) => isPending(license, holdings));

/** Whether a person has one of the licenses, or the site, of an item. */
export function toHolding(item: Item, licenses: readonly Identified[], holdings: Holdings): Holding {
  const { sites, pendingSites, pendingLicenses } = holdings;
  if (item.kind === 'site') {
    if (sites?.some(isSameSite(item))) return 'held';
    if (pendingSites?.some(isSameSite(item))) return 'pending';
    return sites === undefined || pendingSites === undefined ? 'unknown' : 'not-held';
  }
  const had = findHad(licenses, holdings);
  if (had) return isHeld(had, holdings) ? 'held' : 'pending';
  return pendingLicenses === undefined ? 'unknown' : 'not-held';
}

const isHeld = ({ id }: Identified, { licenses }: Holdings): boolean => includesId(licenses, id);

const isPending = ({ id }: Identified, { pendingLicenses = [] }: Holdings): boolean =>
  includesId(pendingLicenses, id);

/** Held or pending. */
export const isHad = (license: Identified, holdings: Holdings): boolean =>
  isHeld(license, holdings) || isPending(license, holdings);

function includesId(ids: readonly string[], id: string): boolean {
  const comparable = toComparableId(id);
  return ids.some((held) => held === id || toComparableId(held) === comparable);
}

/** An add of an attendee is satisfied by host access; a removal of an attendee does not remove a host. */
export const isSameSite =
  (item: Extract<Item, { kind: 'site' }>) =>
  (site: { readonly siteUrl: string; readonly accountType: string }): boolean =>
    site.siteUrl === item.siteUrl && (item.operation === 'add' || site.accountType === 'attendee');

/**
 * Whether attendee access is to be added to a site, while the removal of a license may remove the host account there. Then
 * host access does not satisfy the add: the person would have neither.
 * @param open the open choices for the person
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
