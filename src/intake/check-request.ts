import type { FieldProblem } from '../contract/json.ts';
import type { LicenseRequest } from '../contract/license-request.ts';

/** By what a request is judged, beside its shape. */
export interface IntakeRules {
  /** Organizations that a request may name: a partner's token spans customers. */
  readonly orgIds: readonly string[];
  readonly now: Date;
}

const EARLIEST_EFFECT = new Date('2000-01-01T00:00:00Z');
const MAX_YEARS_AHEAD = 10;

/**
 * What is wrong with a request that comes in from outside, beyond its shape. These rules are of the intake alone: a
 * request that was accepted stays readable when they change.
 */
export async function findProblems(
  request: LicenseRequest,
  rules: IntakeRules,
): Promise<readonly FieldProblem[]> {
  return [
    ...findIdProblems(request),
    ...findOrgProblems(request, rules),
    ...findTimeProblems(request, rules),
    ...(await findPhoneProblems(request)),
  ];
}

/** Ids that the app makes itself: of messages without one, and of what HR events lead to. */
const OWN_IDS = /^msg-[0-9a-f]{24}-[0-9a-f]{16}$|-[0-9a-f]{24}(\.\d+){2,3}$/;

/** Such an id can be computed: if anybody could take it first, what the app asks for would be taken for a repeat. */
function findIdProblems({ requestId }: LicenseRequest): readonly FieldProblem[] {
  if (requestId === undefined || !OWN_IDS.test(requestId)) return [];
  return [{ pointer: '/requestId', detail: 'is of the form that the app makes ids in: choose another one' }];
}

function findOrgProblems({ orgId }: LicenseRequest, { orgIds }: IntakeRules): readonly FieldProblem[] {
  if (orgId === undefined || orgIds.includes(orgId)) return [];
  return [{ pointer: '/orgId', detail: 'is not among the organizations of the setting WEBEX_ORG_IDS' }];
}

/**
 * The times that clients send for "not set", such as year 1 or 9999, are no wish: every request would overrule the first,
 * and the second would never come.
 */
function findTimeProblems({ effectiveAt }: LicenseRequest, { now }: IntakeRules): readonly FieldProblem[] {
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
