import { sha256 } from '../platform/sha256.ts';
import { type Desired, toDecision } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import type { License } from '../webex/license.ts';
import { type EmployeeHistory, toHistory } from './employee-on.ts';
import { isOverride } from './overrides.ts';
import type { DirectRequest, Person } from './person.ts';
import { desiredOn, type PersonState, personOn, personState, turningPoints } from './person-on.ts';
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
  const { grants, directs, astray } = person;
  const histories = historiesOf(person, zoneOf);
  const { ended } = personOn(histories, nowMs, policy.joiners.beforeDays);
  const held = person.held && person.held.endMs === ended?.endMs ? new Set(person.held.ids) : undefined;
  const licenses = { granted: new Set(grants.map(({ id }) => id)), held };
  const decide = (by: Policy, id: string, atMs: number) =>
    toDecision(desiredOn(histories, atMs, by, catalogue), id, licenses);
  const turningPointsMs = turningPoints(histories, policy);
  const overrides = directs.filter((request) =>
    isOverride(request, {
      ...{ nowMs, clearedMs: toClearedMs(person, request.licenseId), turningPointsMs },
      decideNow: (id, atMs) => decide(policy, id, atMs),
      decideThen: ({ licenseId, at, policyVersion: of = '' }) =>
        decide(policyOf(of) ?? policy, licenseId, at.getTime()),
    }),
  );
  const failures = person.failures.filter(
    ({ item, basis }) => basis === toBasis(item, person, policyVersion),
  );
  const desired = desiredOn(histories, nowMs, policy, catalogue);
  const reconciled = reconcile({
    ...{ nowMs, desired, ended, grants, held, catalogue },
    overrideOf: (licenseId) => overrides.find((one) => one.licenseId === licenseId),
    failed: new Map(failures.map(({ item, reason }) => [item, reason])),
    movesCalling: policy.movers.calling,
  });
  const points = [...turningPointsMs, ...directs.flatMap(({ until }) => until?.getTime() ?? [])];
  const next = Math.min(...points.filter((point) => point > nowMs));
  return {
    ...{ histories, desired, reconciled, overrides, endMs: ended?.endMs },
    state: astray === undefined ? personState(histories, nowMs) : 'needs-identity',
    nextMs: Number.isFinite(next) ? next : undefined,
  };
}
