import { sha256 } from '../platform/sha256.ts';
import { isGiven, type PolicyDecision, toDecision } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import type { RenewedLicense } from '../webex/license.ts';
import { type EmployeeHistory, toHistory } from './employee-on.ts';
import { followRenewals } from './follow-renewals.ts';
import type { DirectRequest, Person } from './person.ts';
import { desiredOn, turningPoints } from './person-on.ts';

/** All that decides beside the person. */
export interface LookContext {
  readonly nowMs: number;
  readonly policy: Policy;
  readonly policyVersion: string;
  /** The policy of a version; undefined where it is no longer kept. */
  readonly policyOf: (version: string) => Policy | undefined;
  readonly catalogue: readonly RenewedLicense[];
  /** Where a day begins of which HR names no zone, by source. */
  readonly zoneOf: (source: string) => string;
}

/**
 * What a failure is remembered under: an add is tried again under another policy, a removal also when HR tells more. Of the
 * facts a hash is enough, and stays short however many there are.
 */
export const toBasis = (item: string, { employees }: Person, policyVersion: string): string => {
  if (item.startsWith('add ')) return policyVersion;
  const factIds = employees.flatMap(({ facts }) => facts.map(({ id }) => id));
  return `${policyVersion} ${sha256(factIds.join(' ')).slice(0, BASIS_LENGTH)}`;
};
const BASIS_LENGTH = 16;

export const historiesOf = (
  { employees }: Person,
  zoneOf: LookContext['zoneOf'],
): readonly EmployeeHistory[] => employees.map(({ source, facts }) => toHistory(facts, zoneOf(source)));

/** The newest direct request about each license that the catalogue has now, without those whose override was cleared. */
export function toDirects(person: Person, catalogue: LookContext['catalogue']): readonly DirectRequest[] {
  const clearedMs = (id: string) =>
    Math.max(person.clearedAt?.getTime() ?? -Infinity, person.cleared?.[id]?.getTime() ?? -Infinity);
  const isCleared = ({ licenseId, at }: DirectRequest) => at.getTime() <= clearedMs(licenseId);
  const directs = person.directs.filter((direct) => !isCleared(direct));
  return followRenewals(directs, catalogue).filter((direct) => !isCleared(direct));
}

export type Situation = ReturnType<typeof toSituation>;

/** All that decides about a person at an instant. */
export function toSituation(person: Person, context: LookContext) {
  const { nowMs, policy, policyVersion, policyOf, catalogue, zoneOf } = context;
  const histories = historiesOf(person, zoneOf);
  const desired = desiredOn(histories, nowMs, policy, catalogue);
  const endMs = desired.ended?.endMs;
  /** A license that was adopted follows the rules once they give it. */
  const follows = (id: string) => desired.exclusion === undefined && isGiven(desired, id);
  const licenses = {
    granted: new Map(person.grants.map(({ id, by }) => [id, follows(id) ? 'rule' : by] as const)),
    held: endMs !== undefined && person.held?.endMs === endMs ? new Set(person.held.ids) : undefined,
  };
  const decide = (id: string, atMs: number, by = policy) =>
    toDecision(desiredOn(histories, atMs, by, catalogue), id, licenses);
  const turningPointsMs = turningPoints(histories, policy);
  /** Whether the newest direct request about a license is against the policy: rules 27 and 28 of `docs/desired-state.md`. */
  const stands = ({ licenseId, operation, at, until, policyVersion: version = '' }: DirectRequest) => {
    const atMs = at.getTime();
    if (until && until.getTime() <= nowMs) return false;
    const decision = decide(licenseId, nowMs);
    const contradicts = (one: PolicyDecision) => (operation === 'remove') === (one === 'give');
    if (!contradicts(decision) || !contradicts(decide(licenseId, atMs, policyOf(version)))) return false;
    const since = [atMs, ...turningPointsMs.filter((point) => point > atMs && point <= nowMs)];
    return since.every((point) => decide(licenseId, point) === decision);
  };
  const isOfNow = ({ item, basis }: Person['failures'][number]) =>
    basis === toBasis(item, person, policyVersion);
  return {
    ...context,
    ...licenses,
    ...{ histories, desired, turningPointsMs },
    /** A removal of what the policy gives, or an add of what it does not give. */
    overrides: toDirects(person, catalogue).filter(stands),
    /** Items such as `add <id>` that failed for good under this policy, and why. */
    failed: new Map(person.failures.filter(isOfNow).map(({ item, reason }) => [item, reason])),
  };
}
