import { type Desired, desired, type PersonOn } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import type { License } from '../webex/license.ts';
import {
  activeOn,
  type EmployeeHistory,
  type EmployeeState,
  endedOn,
  stateOn,
  turningPoints,
} from './employee-on.ts';

/** A person by all employees: who is at work, or else whose employment was over last. */
export function personOn(histories: readonly EmployeeHistory[], atMs: number, beforeDays: number): PersonOn {
  const active = histories.flatMap((one) => activeOn(one, atMs, beforeDays) ?? []);
  const ended = histories.flatMap((one) => endedOn(one, atMs) ?? []).sort((a, b) => b.endMs - a.endMs);
  return { active, ended: active.length > 0 ? undefined : ended[0] };
}

/** What a policy says of a person at an instant. */
export const desiredOn = (
  histories: readonly EmployeeHistory[],
  atMs: number,
  policy: Policy,
  catalogue: readonly License[],
): Desired => desired(personOn(histories, atMs, policy.joiners.beforeDays), policy, catalogue);

/** When something of a person changes or changed, in milliseconds. */
export function turningPointsOf(
  histories: readonly EmployeeHistory[],
  { joiners, leavers }: Policy,
): readonly number[] {
  const afterDays = leavers.map((rule) => rule.afterDays);
  return histories.flatMap((one) => turningPoints(one, joiners.beforeDays, afterDays));
}

/** `needs-identity`: an address of the person leads to another one at Webex, and nothing is asked until HR mends that. */
export type PersonState = EmployeeState | 'needs-identity';

const IN_ORDER = ['employed', 'to-come', 'left', 'never'] as const;

/** The state of a person: of several employees, that of the one who is nearest to working. */
export function personState(histories: readonly EmployeeHistory[], atMs: number): EmployeeState {
  const states = new Set(histories.map((one) => stateOn(one, atMs)));
  return IN_ORDER.find((one) => states.has(one)) ?? 'unknown';
}
