import type { FieldProblem } from '../contract/json.ts';
import type { LicenseRequest } from '../contract/license-request.ts';

/** A partner's token spans customers: which organization is meant is not left to the caller alone. */
export function findOrgProblem(
  { orgId }: LicenseRequest,
  allowed: readonly string[],
): FieldProblem | undefined {
  if (orgId === undefined || allowed.includes(orgId)) return undefined;
  return { pointer: '/orgId', detail: 'is not among the organizations of the setting WEBEX_ORG_IDS' };
}
