import type { FieldProblem, Parsed } from '../platform/json.ts';
import { parseLicenseId } from '../webex/license-id.ts';
import { toUuid } from '../webex/webex-id.ts';
import type { LicenseRequest } from './license-request.ts';

/** By what a request is judged, beside its shape. */
export interface SubmitRules {
  /** Organizations that a request may name, by Webex's ids: a partner's token spans customers. */
  readonly orgIds: readonly string[];
  /**
   * The uuid of the token's own organization; undefined where its licenses do not tell.
   * @throws {WebexFailure} where Webex cannot be asked now
   */
  readonly ownOrg: () => Promise<string | undefined>;
  readonly now: Date;
}

const EARLIEST_EFFECT = new Date('2000-01-01T00:00:00Z');
const MAX_YEARS_AHEAD = 10;

/**
 * Judges a request that comes in from outside, beyond its shape. These rules are of the intake alone: a request that was
 * accepted stays readable when they change.
 * @returns the request, its organization written in one way
 * @throws {WebexFailure} where it depends on the token's own organization, and Webex cannot be asked which that is
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

/** The organization of the setting that is meant. */
export function findListedOrg(orgId: string, orgIds: readonly string[]): string | undefined {
  const uuid = toUuid('ORGANIZATION', orgId);
  return orgIds.find((one) => one === orgId || (uuid && toUuid('ORGANIZATION', one) === uuid));
}

/** An organization is known by its uuid, or by Webex's id, which is base64 around it. To name the token's own is to leave it out. */
async function findOrg(orgId: string, { orgIds, ownOrg }: SubmitRules) {
  const uuid = toUuid('ORGANIZATION', orgId);
  const listed = findListedOrg(orgId, orgIds);
  if (listed !== undefined) return listed;
  return uuid !== undefined && (await ownOrg()) === uuid ? OWN : NOT_ALLOWED;
}

/** The ids of licenses say of which organization they are: they must agree with each other, and with the one that is named. */
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

/** Ids that the app makes itself: of messages without one, and of what HR events lead to. */
const OWN_IDS = /^msg-[0-9a-f]{24}-[0-9a-f]{16}$|-[0-9a-f]{24}(\.\d+){2,3}$/;

/** Such an id can be computed: if anybody could take it first, what the app asks for would be taken for a repeat. */
function findIdProblems({ requestId }: LicenseRequest): readonly FieldProblem[] {
  if (requestId === undefined || !OWN_IDS.test(requestId)) return [];
  return [{ pointer: '/requestId', detail: 'is of the form that the app makes ids in: choose another one' }];
}

/**
 * The times that clients send for "not set", such as year 1 or 9999, are no wish: every request would overrule the first,
 * and the second would never come.
 */
function findTimeProblems({ effectiveAt }: LicenseRequest, { now }: SubmitRules): readonly FieldProblem[] {
  if (effectiveAt === undefined) return [];
  const at = new Date(effectiveAt);
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + MAX_YEARS_AHEAD);
  if (at >= EARLIEST_EFFECT && at <= latest) return [];
  const detail = `must be between the year 2000 and ${MAX_YEARS_AHEAD} years ahead: leave it out for "at once"`;
  return [{ pointer: '/effectiveAt', detail }];
}

/** The library that knows the countries' numbers is loaded with the first one: few requests have any. */
async function findPhoneProblems({ licenses }: LicenseRequest): Promise<readonly FieldProblem[]> {
  const numbers = licenses.flatMap(({ properties }, index) =>
    properties?.phoneNumber === undefined ? [] : [{ phoneNumber: properties.phoneNumber, index }],
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
