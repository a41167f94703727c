import { ask } from './ask.ts';
import { toUncertainFailure, WebexFailure } from './errors/failure.ts';
import { type Refusal, readPartialErrors } from './errors/partial-errors.ts';
import { findPerson } from './people.ts';
import { findBrokenRule } from './request-rules.ts';
import type { Transport } from './transport.ts';
import {
  type AssignLicensesRequest,
  type ChangeAnswer,
  isTold,
  type UserLicensesResponse,
  userLicensesSchema,
} from './user-licenses.ts';

export interface AssignLicensesResult {
  /** True for a 206: a part was not done, and the licenses in `user` tell which. */
  readonly isPartial: boolean;
  readonly trackingId: string | undefined;
  readonly user: UserLicensesResponse;
  /** Of a 206 that says why: each license and site that it names. */
  readonly refusals?: readonly Refusal[];
  /** What a 206 says of failures without naming what failed. */
  readonly errorText?: string;
}

/**
 * Calls `PATCH /licenses/users`. Where its answer does not tell what the person has now, the person is looked up.
 * @throws {WebexFailure} without a call, named by the rule, for a request that Webex would refuse
 */
export async function changeLicenses(
  transport: Transport,
  request: AssignLicensesRequest,
  deadline?: Date,
): Promise<AssignLicensesResult> {
  const broken = findBrokenRule(request);
  if (broken) {
    const { rule: condition, advice } = broken;
    throw new WebexFailure({ condition, remedy: 'permanent', advice, errors: [] });
  }
  const call = { method: 'PATCH' as const, path: '/licenses/users', body: toBody(request), deadline };
  const { answer, value } = await ask(transport, call, userLicensesSchema, 'person');
  const { status, body, trackingId } = answer;
  const user = isTold(value, request)
    ? value
    : await lookUpResult(transport, value, request, trackingId, deadline);
  if (status !== 206) return { isPartial: false, trackingId, user };
  return { isPartial: true, trackingId, user, ...readPartialErrors(JSON.parse(body), request, trackingId) };
}

async function lookUpResult(
  transport: Transport,
  answer: ChangeAnswer,
  { email, personId = answer.personId ?? undefined, orgId, ...request }: AssignLicensesRequest,
  trackingId: string | undefined,
  deadline: Date | undefined,
): Promise<UserLicensesResponse> {
  const found = await findPerson(transport, { email, personId }, { orgId, deadline });
  const { licenses = answer.licenses, siteUrls } = found ?? {};
  const told = { ...answer, licenses: licenses ?? undefined, siteUrls: siteUrls ?? undefined };
  if (isTold(told, request)) return told;
  throw toUncertainFailure('unreadable-answer', 'an answer that does not tell the licenses', trackingId);
}

/** By id where it is known, since an address may pass to another person. Empty lists are left out. */
function toBody({ email, personId, orgId, licenses = [], siteUrls = [] }: AssignLicensesRequest) {
  return {
    ...(personId === undefined ? { email } : { personId }),
    orgId,
    ...(licenses.length > 0 && { licenses }),
    ...(siteUrls.length > 0 && { siteUrls: siteUrls.map((site) => ({ ...site, accountType: 'attendee' })) }),
  };
}
