import type { Person, SiteResponse, UserLicensesResponse } from '../webex/user-licenses.ts';

/** What a person has, as an answer to a change or a look at the person tells it. */
export interface Holdings {
  readonly personId: string | undefined;
  readonly licenses: readonly string[];
  /** Had once a person outside the organization accepts. */
  readonly pendingLicenses: readonly string[];
  /** Undefined where the answer does not tell. */
  readonly sites: readonly SiteResponse[] | undefined;
  readonly pendingSites: readonly SiteResponse[];
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

/** Undefined where the answer does not tell the licenses: that is not to hold none. */
export const toHoldingsOf = ({ id, licenses, siteUrls }: Person): Holdings | undefined =>
  licenses
    ? { personId: id, licenses, pendingLicenses: [], sites: siteUrls ?? undefined, pendingSites: [] }
    : undefined;
