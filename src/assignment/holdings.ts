import type { License } from '../webex/license.ts';
import { parseLicenseId, parseOrgId, toComparableId } from '../webex/license-id.ts';
import type { Person, SiteResponse, UserLicensesResponse } from '../webex/user-licenses.ts';
import type { CallingLine } from './calling-properties.ts';

/** What a person has, as an answer to a change or a look at the person tells it. */
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
  /** As the person was before the attempt changed anything; undefined where nobody looked. */
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
 * What a look-up of a person tells; undefined where it does not tell the licenses: that is not to hold none. It never
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

/** Whether a person has one of some licenses, or has to accept it. */
export const findHad = (
  licenses: readonly License[],
  holdings: Holdings,
): { readonly license: License; readonly isPending: boolean } | undefined => {
  const license = licenses.find((one) => isHeld(one, holdings));
  if (license) return { license, isPending: false };
  const awaited = licenses.find((one) => isPending(one, holdings));
  return awaited && { license: awaited, isPending: true };
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
  const wanted = toComparableId(id);
  return ids.some((one) => one === id || toComparableId(one) === wanted);
}
