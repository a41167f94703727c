import { evaluate, holds, isCalling } from '../policy/evaluate.ts';
import { type Grant, keepNoted, toGrantKey } from '../policy/grant.ts';
import type { Policy } from '../policy/policy.ts';
import type { LicenseRequest } from '../requests/license-request.ts';
import { addDays } from './effective.ts';
import type { Employee, PendingEvent, Reclaim } from './employee.ts';
import type { HrEvent } from './hr-event.ts';

/** The employee as they are then, and what it takes at Webex. */
export interface Step {
  readonly employee: Employee;
  readonly requests: readonly LicenseRequest[];
}

/** One event takes effect: whatever was to be reclaimed before it, is. */
export function applyLifecycleEvent(before: Employee, { at, event }: PendingEvent, policy: Policy): Step {
  const { employee, requests } = reclaimUntil(before, at);
  const attributes = { ...employee.attributes, ...event.attributes };
  // Somebody who has not come yet is only known better.
  const isBeforeJoining =
    event.kind === 'mover' &&
    employee.pending.some(({ event: next, at: then }) => next.kind === 'joiner' && then > at);
  if (isBeforeJoining) return { employee: { ...employee, attributes }, requests };
  const after: Employee = { ...employee, attributes, last: { at, kind: event.kind } };
  const step = event.kind === 'leaver' ? leave(after, at, policy) : join(after, at, event.kind, policy);
  return { employee: step.employee, requests: [...requests, ...step.requests] };
}

/** Reclaims what leaver rules let somebody keep until then. */
export function reclaimUntil(employee: Employee, until: Date): Step {
  const due = employee.reclaims.filter(({ at }) => at <= until);
  const requests = due.flatMap(({ at, grants }) => toRequest(employee, at, 'leaver', [], grants));
  const gone = new Set(due.flatMap(({ grants }) => grants.map(toGrantKey)));
  return {
    employee: {
      ...employee,
      grants: employee.grants.filter((grant) => !gone.has(toGrantKey(grant))),
      reclaims: employee.reclaims.filter(({ at }) => at > until),
    },
    requests,
  };
}

/**
 * Somebody who joins, or whose leaving is withdrawn, gets all that the rules give, and keeps what was not yet
 * reclaimed; a mover gets the difference to what the rules gave before. A Calling license whose location or extension
 * is another one now is asked for, too: its number stays, and the result of the request says so.
 */
function join(employee: Employee, at: Date, kind: HrEvent['kind'], policy: Policy): Step {
  const { grants } = evaluate(policy, employee);
  const had = new Set(employee.grants.map(toPropertiesKey));
  const has = new Set(grants.map(toGrantKey));
  const gone = employee.grants.filter((grant) => !has.has(toGrantKey(grant)));
  const kept = gone.filter((grant) => isCallingGrant(grant) && !policy.movers.calling);
  const removed = gone.filter((grant) => !kept.includes(grant));
  const added = kind === 'mover' ? grants.filter((grant) => !had.has(toPropertiesKey(grant))) : grants;
  return {
    employee: { ...employee, grants: [...keepNoted(employee.grants, grants), ...kept], reclaims: [] },
    requests: toRequest(employee, at, kind, added, removed),
  };
}

/** Each leaver rule that fits reclaims in its time; of two that reclaim the same, the first one does. */
function leave(employee: Employee, at: Date, policy: Policy): Step {
  const taken = new Set<string>();
  const reclaims = policy.leavers
    .filter(({ when }) => holds(when, employee.attributes))
    .map(({ reclaim, calling, afterDays }): Reclaim => {
      const named =
        reclaim === 'granted'
          ? employee.grants
          : reclaim.map((license): Grant => ({ kind: 'license', license }));
      const grants = named.filter(
        (grant) => (calling || !isCallingGrant(grant)) && !taken.has(toGrantKey(grant)),
      );
      for (const grant of grants) taken.add(toGrantKey(grant));
      return { at: addDays(at, afterDays), grants };
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  return reclaimUntil({ ...employee, reclaims }, at);
}

const toPropertiesKey = (grant: Grant) =>
  `${toGrantKey(grant)} ${grant.kind === 'license' ? JSON.stringify(grant.properties ?? {}) : ''}`;

const isCallingGrant = (grant: Grant) => grant.kind === 'license' && isCalling(grant.license);

/** None where there is nothing to change, or no address to change it for. */
function toRequest(
  { email, source }: Employee,
  effectiveAt: Date,
  kind: HrEvent['kind'],
  added: readonly Grant[],
  removed: readonly Grant[],
): readonly LicenseRequest[] {
  const items = [
    ...added.map((grant) => ({ grant, operation: 'add' as const })),
    ...removed.map((grant) => ({ grant, operation: 'remove' as const })),
  ];
  if (items.length === 0 || email === undefined) return [];
  return [
    {
      version: 1,
      person: { email },
      licenses: items.flatMap(({ grant, operation }) =>
        grant.kind === 'license'
          ? [
              {
                license: grant.license,
                operation,
                ...(operation === 'add' && grant.properties && { properties: grant.properties }),
              },
            ]
          : [],
      ),
      siteUrls: items.flatMap(({ grant, operation }) =>
        grant.kind === 'site'
          ? [{ siteUrl: grant.siteUrl, accountType: 'attendee' as const, operation }]
          : [],
      ),
      effectiveAt: effectiveAt.toISOString(),
      source,
      reason: kind,
      ...(removed.some(isCallingGrant) && { allowCallingRemoval: true }),
    },
  ];
}
