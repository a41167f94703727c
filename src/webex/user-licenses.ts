import * as z from 'zod';
import { optionalInstant, optionalText, readableRows } from './lenient.ts';
import type { Open } from './license.ts';

type LicenseRequestOperation = 'add' | 'remove';
type SiteAccountType = Open<'attendee' | 'host'>;

/** Of a Webex Calling license: a phone number, or an extension with its location. */
interface LicenseProperties {
  readonly locationId?: string | undefined;
  /** E.164. */
  readonly phoneNumber?: string | undefined;
  /** Digits, without routing prefix. */
  readonly extension?: string | undefined;
}

export interface LicenseRequest {
  readonly id: string;
  /** By default `add`. */
  readonly operation?: LicenseRequestOperation | undefined;
  readonly properties?: LicenseProperties | undefined;
}

interface SiteUrlsRequest {
  readonly siteUrl: string;
  /** By default `attendee`, in any letter case. */
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

/** The type of a site that the answer names without one. */
const UNKNOWN_TYPE = 'unknown';

/** Live servers write the account type in upper case, the documentation in lower case. */
const siteResponseSchema = z.looseObject({
  siteUrl: z.string().toLowerCase(),
  accountType: optionalText.transform((type): SiteAccountType => type?.toLowerCase() ?? UNKNOWN_TYPE),
});

export type SiteResponse = z.output<typeof siteResponseSchema>;

/** `licenses` and `siteUrls` are undefined, which means unknown, where they are absent or not as documented. */
export const userLicensesSchema = z.looseObject({
  orgId: optionalText,
  personId: optionalText,
  email: optionalText,
  licenses: z.array(z.string()).optional().catch(undefined),
  siteUrls: z.array(siteResponseSchema).optional().catch(undefined),
  pendingLicenses: ids,
  pendingSiteUrls: readableRows(siteResponseSchema).transform((rows) => rows ?? []),
});

/** The answer to a change. */
export type ChangeAnswer = z.output<typeof userLicensesSchema>;

/**
 * The licenses and sites of a person after a change: the whole resulting set, implicit and free licenses included. The
 * person has the pending ones on accepting them, from outside the organization. `siteUrls` may be unknown.
 */
export type UserLicensesResponse = ChangeAnswer & { readonly licenses: readonly string[] };

/** Whether an answer tells each license and site of the request. A site without account type is unknown. */
export function isTold(
  answer: ChangeAnswer,
  { siteUrls = [] }: AssignLicensesRequest,
): answer is UserLicensesResponse {
  const { licenses, siteUrls: told } = answer;
  const isSiteTold = (siteUrl: string) =>
    told?.every((site) => site.siteUrl !== siteUrl.toLowerCase() || site.accountType !== UNKNOWN_TYPE);
  return licenses !== undefined && siteUrls.every(({ siteUrl }) => isSiteTold(siteUrl));
}

/** A site of a person: `mysite.webex.com#attendee`, or `mysite.webex.com` for a host. */
const personSite = z.string().transform((text): SiteResponse => {
  const [siteUrl = '', accountType = 'host'] = text.toLowerCase().split('#');
  return { siteUrl, accountType };
});

/**
 * A person of `GET /people` and `GET /people/{personId}`. `licenses` and `siteUrls` that are absent or null are unknown:
 * the person may hold some. `extension` and `locationId` are present with `callingData=true` only.
 */
export const personSchema = z.looseObject({
  id: z.string(),
  orgId: z.string().nullish(),
  created: optionalInstant,
  emails: ids,
  licenses: readableRows(z.string()),
  siteUrls: readableRows(personSite),
  extension: optionalText,
  locationId: optionalText,
  phoneNumbers: readableRows(z.looseObject({ value: z.string() })),
});

export type Person = z.output<typeof personSchema>;
