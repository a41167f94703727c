import * as z from 'zod';
import { optionalText, readableRows } from './lenient.ts';
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
  /** `attendee`, in any case; also where it is left out. */
  readonly accountType?: SiteAccountType | undefined;
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

const ids = readableRows(z.string()).transform((rows) => rows ?? []);

/** Of a site that the answer names without an account type. */
const UNKNOWN_TYPE = 'unknown';

/** Live servers write the account type in upper case, the documentation in lower case. */
const siteResponseSchema = z.looseObject({
  siteUrl: z.string().toLowerCase(),
  accountType: optionalText.transform((type): SiteAccountType => type?.toLowerCase() ?? UNKNOWN_TYPE),
});

export type SiteResponse = z.output<typeof siteResponseSchema>;

/** `licenses` and `siteUrls` are undefined where they are absent or not as documented: that tells nothing. */
export const userLicensesSchema = z.looseObject({
  orgId: optionalText,
  personId: optionalText,
  email: optionalText,
  licenses: z.array(z.string()).optional().catch(undefined),
  siteUrls: z.array(siteResponseSchema).optional().catch(undefined),
  pendingLicenses: ids,
  pendingSiteUrls: readableRows(siteResponseSchema).transform((rows) => rows ?? []),
});

/** The answer to a change, as it came. */
export type ChangeAnswer = z.output<typeof userLicensesSchema>;

/**
 * What a person has after a change: the whole resulting set, implicit and free licenses among them. What is
 * pending is had once a person outside the organization accepts. `siteUrls` are undefined where they are not told.
 */
export type UserLicensesResponse = ChangeAnswer & { readonly licenses: readonly string[] };

/** Whether an answer tells all that was asked for. An unknown account type may be the one that was to be removed. */
export function isTold(
  answer: ChangeAnswer,
  { siteUrls = [] }: AssignLicensesRequest,
): answer is UserLicensesResponse {
  const { licenses, siteUrls: told } = answer;
  const isSiteTold = (siteUrl: string) =>
    told?.every((site) => site.siteUrl !== siteUrl.toLowerCase() || site.accountType !== UNKNOWN_TYPE);
  return licenses !== undefined && siteUrls.every(({ siteUrl }) => isSiteTold(siteUrl));
}

/** A person's site is `mysite.webex.com#attendee`, or without account type where the person is a host. */
const personSite = z.string().transform((text): SiteResponse => {
  const [siteUrl = '', accountType = 'host'] = text.toLowerCase().split('#');
  return { siteUrl, accountType };
});

/**
 * A person of `GET /people` and `GET /people/{personId}`. `licenses` and `siteUrls` are absent or null where the
 * answer does not tell them, which says nothing about what the person holds. `extension` and `locationId` are told with
 * `callingData=true` only.
 */
export const personSchema = z.looseObject({
  id: z.string(),
  orgId: z.string().nullish(),
  emails: ids,
  licenses: readableRows(z.string()),
  siteUrls: readableRows(personSite),
  extension: optionalText,
  locationId: optionalText,
  phoneNumbers: readableRows(z.looseObject({ value: z.string() })),
});

export type Person = z.output<typeof personSchema>;
