import type { FieldProblem, Parsed } from '../platform/json.ts';
import { NEXT_FREE } from '../webex/extension-range.ts';
import { parseLicenseId } from '../webex/license-id.ts';
import { toUuid } from '../webex/webex-id.ts';
import type { LicenseRequest } from './license-request.ts';

/** The rules for new requests beyond the schema. */
export interface SubmitRules {
  /** Organizations that a request may name, by Webex's ids: a partner's token spans customers. */
  readonly orgIds: readonly string[];
  /**
   * The uuid of the token's own organization; undefined where its licenses do not show it.
   * @throws {WebexFailure}
   */
  readonly ownOrg: () => Promise<string | undefined>;
  readonly now: Date;
}

const EARLIEST_EFFECT = new Date('2000-01-01T00:00:00Z');
const MAX_YEARS_AHEAD = 10;

/**
 * Checks a new request beyond its schema. Accepted requests stay valid when these rules change.
 * @returns the request with its organization in one spelling
 * @throws {WebexFailure} where the token's own organization matters and Webex does not answer
 */
export async function checkRequest(
  request: LicenseRequest,
  rules: SubmitRules,
): Promise<Parsed<LicenseRequest>> {
  const { orgId: named, ...rest } = request;
  const org = named === undefined ? undefined : await findOrg(named, rules);
  const problems = [
    ...findIdProblems(request),
    ...(org === NOT_ALLOWED ? [ORG_PROBLEM] : []),
    ...findLicenseProblems(request),
    ...findTimeProblems(request, rules),
    ...(await findPhoneProblems(request)),
  ];
  if (problems.length > 0 || org === NOT_ALLOWED) return { ok: false, problems };
  return { ok: true, value: org === undefined || org === OWN ? rest : { ...request, orgId: org } };
}

const NOT_ALLOWED = Symbol('not allowed');
const OWN = Symbol('own');
const ORG_PROBLEM = {
  pointer: '/orgId',
  detail: "is neither the token's own organization nor among those of the setting WEBEX_ORG_IDS",
};

/** The listed organization with the same uuid or spelling. */
export function findListedOrg(orgId: string, orgIds: readonly string[]): string | undefined {
  const uuid = toUuid('ORGANIZATION', orgId);
  return orgIds.find((listed) => listed === orgId || (uuid && toUuid('ORGANIZATION', listed) === uuid));
}

/** A request names an organization by its uuid or by Webex's id, base64 of it. The token's own is the default. */
async function findOrg(orgId: string, { orgIds, ownOrg }: SubmitRules) {
  const uuid = toUuid('ORGANIZATION', orgId);
  const listed = findListedOrg(orgId, orgIds);
  if (listed !== undefined) return listed;
  return uuid !== undefined && (await ownOrg()) === uuid ? OWN : NOT_ALLOWED;
}

/** License ids contain their organization: all must have the same one, and that of the request. */
function findLicenseProblems({ orgId, licenses }: LicenseRequest): readonly FieldProblem[] {
  const orgs = licenses.map(({ license }) =>
    typeof license === 'string' ? parseLicenseId(license)?.orgUuid.toLowerCase() : undefined,
  );
  const named = orgId === undefined ? undefined : toUuid('ORGANIZATION', orgId);
  const expected = named ?? orgs.find(Boolean);
  return orgs.flatMap((org, index) =>
    org === undefined || expected === undefined || org === expected
      ? []
      : [{ pointer: `/licenses/${index}/license`, detail: 'is a license of another organization' }],
  );
}

/** The form of ids that the app generates: for messages without one, and for requests of HR events. */
const OWN_IDS = /^msg-[0-9a-f]{24}-[0-9a-f]{16}$|-[0-9a-f]{24}(\.\d+){2,3}$/;

/** Generated ids are predictable: a caller who used one first could block the app's own request. */
function findIdProblems({ requestId }: LicenseRequest): readonly FieldProblem[] {
  if (requestId === undefined || !OWN_IDS.test(requestId)) return [];
  return [
    { pointer: '/requestId', detail: 'has the form of ids that the app generates: choose another one' },
  ];
}

/** Clients send years such as 1 or 9999 for "not set": the first would lose to each request, the second never start. */
function findTimeProblems({ effectiveAt }: LicenseRequest, { now }: SubmitRules): readonly FieldProblem[] {
  if (effectiveAt === undefined) return [];
  const at = new Date(effectiveAt);
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + MAX_YEARS_AHEAD);
  if (at >= EARLIEST_EFFECT && at <= latest) return [];
  const detail = `must be between the year 2000 and ${MAX_YEARS_AHEAD} years ahead: leave it out for "at once"`;
  return [{ pointer: '/effectiveAt', detail }];
}

/** Loads the library of phone numbers with the first number: few requests have one. */
async function findPhoneProblems({ licenses }: LicenseRequest): Promise<readonly FieldProblem[]> {
  const numbers = licenses.flatMap(({ properties }, index) =>
    properties?.phoneNumber === undefined || properties.phoneNumber === NEXT_FREE
      ? []
      : [{ phoneNumber: properties.phoneNumber, index }],
  );
  if (numbers.length === 0) return [];
  const { readPhoneNumber } = await import('../platform/phone-number.ts');
  return numbers
    .filter(({ phoneNumber }) => readPhoneNumber(phoneNumber) !== phoneNumber)
    .map(({ index }) => ({
      pointer: `/licenses/${index}/properties/phoneNumber`,
      detail:
        'must be an E.164 number, such as +14085550100: "+", the country code, and the number without a leading 0',
    }));
}
