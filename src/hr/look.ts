import { sha256 } from '../platform/sha256.ts';
import type { Desired } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import type { License } from '../webex/license.ts';
import { type EmployeeHistory, toHistory } from './employee-on.ts';
import { type DirectRequest, findOverride } from './overrides.ts';
import type { Person } from './person.ts';
import {
  decisionOn,
  desiredOn,
  type PersonState,
  personOn,
  personState,
  turningPointsOf,
} from './person-on.ts';
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

/** Looks at a person: pure, and decided from what is stored alone. */
export function lookAt(person: Person, context: LookContext): Look {
  const { nowMs, policy, policyVersion, policyOf, catalogue, zoneOf } = context;
  const histories = historiesOf(person, zoneOf);
  const on = personOn(histories, nowMs, policy.joiners.beforeDays);
  const endMs = on.ended?.endMs;
  const held = person.held && person.held.endMs === endMs ? new Set(person.held.ids) : undefined;
  const decide = decisionOn(
    histories,
    { granted: new Set(person.grants.map(({ id }) => id)), held },
    catalogue,
  );
  const versions = new Map(person.directs.map(({ requestId, policyVersion: of }) => [requestId, of]));
  const directs = person.directs.map(
    ({ requestId: id, licenseId, operation, at, until }): DirectRequest => ({
      ...{ id, licenseId, operation, atMs: at.getTime() },
      ...(until && { untilMs: until.getTime() }),
    }),
  );
  const turningPointsMs = turningPointsOf(histories, policy);
  const overrideOf = (licenseId: string) =>
    findOverride(directs, licenseId, {
      ...{ nowMs, clearedMs: person.clearedAt?.getTime(), turningPointsMs },
      decideNow: (id, atMs) => decide(policy, id, atMs),
      decideThen: (id, atMs, requestId) =>
        decide(policyOf(versions.get(requestId) ?? '') ?? policy, id, atMs),
    });
  const failed = person.failures.filter(({ item, basis }) => basis === toBasis(item, person, policyVersion));
  const desired = desiredOn(histories, nowMs, policy, catalogue);
  const reconciled = reconcile({
    ...{ nowMs, desired, ended: on.ended, grants: person.grants, held, catalogue, overrideOf },
    failed: new Map(failed.map(({ item, reason }) => [item, reason])),
    movesCalling: policy.movers.calling,
  });
  const ends = directs.flatMap(({ untilMs }) => untilMs ?? []);
  const next = Math.min(...[...turningPointsMs, ...ends].filter((point) => point > nowMs));
  return {
    ...{ histories, desired, reconciled, endMs },
    state: person.astray === undefined ? personState(histories, nowMs) : 'needs-identity',
    overrides: [...new Set(directs.map(({ licenseId }) => licenseId))].flatMap((id) => overrideOf(id) ?? []),
    nextMs: Number.isFinite(next) ? next : undefined,
  };
}
