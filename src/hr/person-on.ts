import { addDaysMs } from '../platform/days.ts';
import { type Desired, desired, type PersonOn } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import type { License } from '../webex/license.ts';
import {
  attributesOn,
  EMPLOYEE_STATES,
  type EmployeeHistory,
  type EmployeeState,
  stateOn,
} from './employee-on.ts';
import { findBegun, findToCome } from './employments.ts';

/** `needs-identity`: an address of the person leads to another one at Webex, and nothing is asked until HR mends that. */
export type PersonState = EmployeeState | 'needs-identity';

/** The state of a person: of several employees, that of the one who is nearest to working. */
export const personState = (histories: readonly EmployeeHistory[], atMs: number): EmployeeState =>
  EMPLOYEE_STATES.find((state) => histories.some((one) => stateOn(one, atMs) === state)) ?? 'unknown';

/** A person by all employees: who is at work or soon will be, else whose employment was over last. */
export function personOn(histories: readonly EmployeeHistory[], atMs: number, beforeDays: number): PersonOn {
  const active = histories.flatMap((history) => {
    const isAtWork = stateOn(history, atMs) === 'employed';
    const next = findToCome(history.timeline.employments, atMs);
    const isSoon = next && addDaysMs(next.startMs, -beforeDays, next.zone) <= atMs;
    if (!isAtWork && !isSoon) return [];
    const email = history.facts.findLast((fact) => fact.email !== undefined)?.email;
    return [{ email, attributes: attributesOn(history, isAtWork || !next ? atMs : next.startMs) }];
  });
  if (active.length > 0) return { active, ended: undefined };
  const ended = histories.flatMap((history) => {
    const begun = findBegun(history.timeline.employments, atMs);
    return begun ? [{ endMs: begun.endMs, zone: begun.zone, attributes: attributesOn(history, atMs) }] : [];
  });
  return { active, ended: ended.sort((a, b) => b.endMs - a.endMs)[0] };
}

/** What a policy says of a person at an instant. */
export const desiredOn = (
  histories: readonly EmployeeHistory[],
  atMs: number,
  policy: Policy,
  catalogue: readonly License[],
): Desired => desired(personOn(histories, atMs, policy.joiners.beforeDays), policy, catalogue);

/** When something of a person changes by itself or changed: first days, ends, attributes; in milliseconds. */
export function turningPoints(
  histories: readonly EmployeeHistory[],
  policy?: Pick<Policy, 'joiners' | 'leavers'>,
): readonly number[] {
  const { joiners: { beforeDays } = { beforeDays: 0 }, leavers = [] } = policy ?? {};
  const points = histories.flatMap(({ timeline, changes, facts }) => [
    ...timeline.employments.flatMap(({ startMs, endMs, zone }) => [
      ...(startMs > -Infinity ? [startMs, addDaysMs(startMs, -beforeDays, zone)] : []),
      ...(endMs < Infinity ? [endMs, ...leavers.map((rule) => addDaysMs(endMs, rule.afterDays, zone))] : []),
    ]),
    ...facts.map(({ said }) => said.getTime()),
    ...changes.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]),
  ]);
  return [...new Set(points)].filter(Number.isFinite).sort((a, b) => a - b);
}
