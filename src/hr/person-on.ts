import { type Desired, desired, type PersonOn, toDecision } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import { isPersonalCalling, type License } from '../webex/license.ts';
import {
  activeOn,
  type EmployeeHistory,
  type EmployeeState,
  endedOn,
  stateOn,
  turningPoints,
} from './employee-on.ts';
import type { PolicyDecision } from './overrides.ts';

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

/** What a policy says of one license at an instant, by what is granted and held now. */
export function decisionOn(
  histories: readonly EmployeeHistory[],
  {
    granted,
    held,
  }: { readonly granted: ReadonlySet<string>; readonly held: ReadonlySet<string> | undefined },
  catalogue: readonly License[],
): (policy: Policy, licenseId: string, atMs: number) => PolicyDecision {
  return (policy, id, atMs) => {
    const license = catalogue.find((one) => one.id === id);
    const isCalling = license !== undefined && isPersonalCalling(license);
    const of = { isGranted: granted.has(id), isHeld: held?.has(id) ?? false, isCalling };
    return toDecision(desiredOn(histories, atMs, policy, catalogue), id, of);
  };
}

/** When something of a person changes or changed, in milliseconds, in order. */
export function turningPointsOf(
  histories: readonly EmployeeHistory[],
  { joiners, leavers }: Policy,
): readonly number[] {
  const afterDays = leavers.map((rule) => rule.afterDays);
  return histories.flatMap((one) => turningPoints(one, joiners.beforeDays, afterDays)).sort((a, b) => a - b);
}

const IN_ORDER = ['employed', 'to-come', 'left', 'never'] as const;

/** `needs-identity`: an address of the person leads to another one at Webex, and nothing is asked until HR mends that. */
export type PersonState = EmployeeState | 'needs-identity';

/** The state of a person: of several employees, that of the one who is nearest to working. */
export function personState(histories: readonly EmployeeHistory[], atMs: number): EmployeeState {
  const states = new Set(histories.map((one) => stateOn(one, atMs)));
  return IN_ORDER.find((one) => states.has(one)) ?? 'unknown';
}
