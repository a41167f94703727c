import { isPersonalCalling, type LicenseIdentity } from './license.ts';
import { parseLicenseId, parseOrgId } from './license-id.ts';
import type { AssignLicensesRequest, LicenseRequest } from './user-licenses.ts';

const E164 = /^\+[1-9]\d{6,14}$/;
const DIGITS = /^\d+$/;

/** The rules of `PATCH /licenses/users`, and what to change where a request breaks one. */
const ADVICE = {
  'person-missing': 'Name the person by email or personId.',
  'nothing-to-change': 'Name at least one license or site.',
  'license-named-twice': 'Name each license once: it cannot be added and removed in one request.',
  'license-of-another-organization': 'All licenses of a request belong to one organization.',
  'calling-properties-missing':
    'A Calling license needs its own properties: a phoneNumber, or an extension with its locationId.',
  'calling-location-missing': 'Without a phoneNumber, the properties need the locationId of the extension.',
  'extension-not-digits': 'An extension is a string of digits, without routing prefix.',
  'phone-number-not-e164':
    'A phoneNumber is in E.164, such as +14085550100: it begins with + and the country code.',
  'account-type-not-attendee':
    'Only attendee accounts are given by site: a host needs the license of the site.',
} as const;

interface BrokenRule {
  readonly rule: keyof typeof ADVICE;
  readonly advice: string;
}

const broken = (rule: BrokenRule['rule']): BrokenRule => ({ rule, advice: ADVICE[rule] });

/**
 * The rule that one license of a request breaks.
 * @param name of the license, where it is known: some ids do not tell that a license is Webex Calling
 */
export function findBrokenItemRule(item: LicenseRequest, name = ''): BrokenRule | undefined {
  const { operation = 'add', properties: { locationId, phoneNumber, extension } = {} } = item;
  if (phoneNumber !== undefined && !E164.test(phoneNumber)) return broken('phone-number-not-e164');
  if (extension !== undefined && !DIGITS.test(extension)) return broken('extension-not-digits');
  const license: LicenseIdentity = { id: item.id, name };
  if (operation === 'remove' || !isPersonalCalling(license)) return undefined;
  if (phoneNumber === undefined && extension === undefined) return broken('calling-properties-missing');
  if (phoneNumber === undefined && locationId === undefined) return broken('calling-location-missing');
  return undefined;
}

/** The first rule that a request breaks: Webex would refuse it, or do something else. */
export function findBrokenRule({
  email,
  personId,
  orgId,
  licenses = [],
  siteUrls = [],
}: AssignLicensesRequest): BrokenRule | undefined {
  if (!email && !personId) return broken('person-missing');
  if (licenses.length + siteUrls.length === 0) return broken('nothing-to-change');
  if (new Set(licenses.map(({ id }) => id)).size < licenses.length) return broken('license-named-twice');
  const orgUuids = licenses.map(({ id }) => parseLicenseId(id)?.orgUuid.toLowerCase());
  const known = [...orgUuids, orgId && (parseOrgId(orgId) ?? orgId).toLowerCase()].filter(Boolean);
  if (licenses.length > 0 && new Set(known).size > 1) return broken('license-of-another-organization');
  for (const item of licenses) {
    const rule = findBrokenItemRule(item);
    if (rule) return rule;
  }
  return siteUrls.some(({ accountType = 'attendee' }) => accountType.toLowerCase() !== 'attendee')
    ? broken('account-type-not-attendee')
    : undefined;
}
