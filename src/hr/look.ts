import { sha256 } from '../platform/sha256.ts';
import { type Desired, toDecision } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import type { License } from '../webex/license.ts';
import { type EmployeeHistory, toHistory } from './employee-on.ts';
import { isOverride } from './overrides.ts';
import type { DirectRequest, Person } from './person.ts';
import { desiredOn, type PersonState, personState, turningPoints } from './person-on.ts';
import { type Reconciled, reconcile } from './reconcile.ts';

/** All that decides beside the person. */
export interface LookContext {
  readonly nowMs: number;
  readonly policy: Policy;
  readonly policyVersion: string;
  /** The policy of a version; undefined where it is no longer kept. */
  readonly policyOf: (version: string) => Policy | undefined;
  readonly catalogue: readonly License[];
  /** Where a day begins of which HR names no zone, by source. */
  readonly zoneOf: (source: string) => string;
}

/** What is to be done for a person, and why. */
export interface Look {
  readonly histories: readonly EmployeeHistory[];
  readonly state: PersonState;
  readonly desired: Desired;
  readonly reconciled: Reconciled;
  /** The direct requests that stand. */
  readonly overrides: readonly DirectRequest[];
  /** When the employment of somebody was over who left, in milliseconds. */
  readonly endMs: number | undefined;
  /** When something changes next by itself, in milliseconds. */
  readonly nextMs: number | undefined;
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

/** When the override of a license was last cleared, in milliseconds. */
export const toClearedMs = ({ clearedAt, cleared }: Person, licenseId: string): number =>
  Math.max(clearedAt?.getTime() ?? -Infinity, cleared?.[licenseId]?.getTime() ?? -Infinity);

/** Looks at a person: pure, and decided from what is stored alone. */
export function lookAt(person: Person, context: LookContext): Look {
  const { nowMs, policy, policyVersion, policyOf, catalogue, zoneOf } = context;
  const histories = historiesOf(person, zoneOf);
  const desired = desiredOn(histories, nowMs, policy, catalogue);
  const isGiven = (id: string) =>
    desired.exclusion === undefined && desired.gives.some(({ candidates }) => candidates.includes(id));
  const endMs = desired.ended?.endMs;
  const licenses = {
    granted: new Map(person.grants.map(({ id, by }) => [id, isGiven(id) ? 'rule' : by] as const)),
    held: endMs !== undefined && person.held?.endMs === endMs ? new Set(person.held.ids) : undefined,
  };
  const turningPointsMs = turningPoints(histories, policy);
  const decide = (id: string, atMs: number, by = policy) =>
    toDecision(desiredOn(histories, atMs, by, catalogue), id, licenses);
  const overrides = person.directs.filter((request) =>
    isOverride(request, {
      ...{ nowMs, clearedMs: toClearedMs(person, request.licenseId), turningPointsMs, decide },
      policyThen: policyOf(request.policyVersion ?? ''),
    }),
  );
  const failures = person.failures.filter(
    ({ item, basis }) => basis === toBasis(item, person, policyVersion),
  );
  const failed = new Map(failures.map(({ item, reason }) => [item, reason]));
  const points = [...turningPointsMs, ...person.directs.flatMap(({ until }) => until?.getTime() ?? [])];
  const nextMs = points.filter((point) => point > nowMs).sort((a, b) => a - b)[0];
  return {
    ...{ histories, desired, overrides, endMs, nextMs },
    state: person.astray === undefined ? personState(histories, nowMs) : 'needs-identity',
    reconciled: reconcile({ nowMs, policy, catalogue, desired, ...licenses, overrides, failed }),
  };
}
