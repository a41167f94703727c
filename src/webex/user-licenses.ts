import * as z from 'zod';
import type { Open } from './license.ts';

export type LicenseRequestOperation = 'add' | 'remove';
export type SiteAccountType = Open<'attendee' | 'host'>;

/** Of a Webex Calling license: a phone number, or an extension with its location. */
export interface LicenseProperties {
  readonly locationId?: string | undefined;
  /** E.164. */
  readonly phoneNumber?: string | undefined;
  /** Digits, without routing prefix. */
  readonly extension?: string | undefined;
}

export interface LicenseRequest {
  readonly id: string;
  /** `add` where it is left out. */
  readonly operation?: LicenseRequestOperation | undefined;
  readonly properties?: LicenseProperties | undefined;
}

export interface SiteUrlsRequest {
  readonly siteUrl: string;
  readonly accountType: SiteAccountType;
  readonly operation?: LicenseRequestOperation | undefined;
}

/** The body of `PATCH /licenses/users`. */
export interface AssignLicensesRequest {
  readonly email?: string | undefined;
  readonly personId?: string | undefined;
  readonly orgId?: string | undefined;
  readonly licenses?: readonly LicenseRequest[] | undefined;
  readonly siteUrls?: readonly SiteUrlsRequest[] | undefined;
}

const ids = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

/** Live servers write the account type in upper case, the documentation in lower case. */
const siteResponseSchema = z.looseObject({
  siteUrl: z.string().toLowerCase(),
  accountType: z
    .string()
    .toLowerCase()
    .transform((value): SiteAccountType => value),
});
const sites = z
  .array(siteResponseSchema)
  .nullish()
  .transform((value) => value ?? []);

export type SiteResponse = z.output<typeof siteResponseSchema>;

export const userLicensesSchema = z.looseObject({
  orgId: z.string().nullish(),
  personId: z.string().nullish(),
  email: z.string().nullish(),
  licenses: z.array(z.string()),
  siteUrls: sites,
  pendingLicenses: ids,
  pendingSiteUrls: sites,
});

/**
 * What a person has after a change: the whole resulting set, implicit and free licenses among them. What is
 * pending is had once a person outside the organization accepts.
 */
export type UserLicensesResponse = z.output<typeof userLicensesSchema>;

/** A person's site is `mysite.webex.com#attendee`, or without account type where the person is a host. */
const personSite = z.string().transform((text): SiteResponse => {
  const [siteUrl = '', accountType = 'host'] = text.toLowerCase().split('#');
  return { siteUrl, accountType };
});

/**
 * A person of `GET /people` and `GET /people/{personId}`. `licenses` and `siteUrls` are absent or null where the
 * answer does not tell them, which says nothing about what the person holds.
 */
export const personSchema = z.looseObject({
  id: z.string(),
  emails: ids,
  licenses: z.array(z.string()).nullish(),
  siteUrls: z.array(personSite).nullish(),
});

export type Person = z.output<typeof personSchema>;
