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

export const toHoldingsOf = (person: Person): Holdings => ({
  personId: person.id,
  licenses: person.licenses,
  pendingLicenses: [],
  sites: person.siteUrls ?? undefined,
  pendingSites: [],
});
