import type { HrEvent } from '../contract/hr-event.ts';
import type { LicenseRequest } from '../contract/license-request.ts';
import { addDays, toEffectiveAt } from './effective.ts';
import { type Employee, type Grant, type PendingEvent, toGrantKey } from './employee.ts';
import { evaluate, findExclusion, holds, isCalling, type RuleTrace } from './evaluate.ts';
import type { Policy } from './policy.ts';

/** A license request to be made; its id is of the plan it belongs to. */
export interface PlannedRequest {
  readonly requestId: string;
  readonly request: LicenseRequest;
}

/** What an event leads to. */
export interface Plan {
  readonly outcome: 'applied' | 'superseded' | 'ignored';
  readonly why: string;
  readonly requests: readonly PlannedRequest[];
  /** Requests of earlier plans that have not taken effect, and are replaced by this one. */
  readonly replaces: readonly string[];
  readonly employee: Employee;
  readonly trace: readonly RuleTrace[];
}

interface Context {
  readonly policy: Policy;
  readonly timeZone: string;
  readonly now: Date;
}

const KEYS_KEPT = 20;

/**
 * Decides what an event means for an employee: pure, so that it can be asked without being done. Events that take
 * effect later are kept, and planned anew with each event that comes; what was scheduled for them is replaced.
 */
export function planEvent(before: Employee, eventKey: string, event: HrEvent, context: Context): Plan {
  const { policy, timeZone, now } = context;
  const at = toEffectiveAt(event, timeZone, now);
  const known: Employee = {
    ...before,
    ...(event.email !== undefined && { email: event.email }),
    eventKeys: [...before.eventKeys, eventKey].slice(-KEYS_KEPT),
  };
  const nothing = (outcome: Plan['outcome'], why: string): Plan => {
    return { outcome, why, requests: [], replaces: [], employee: known, trace: [] };
  };
  if (event.kind === 'ignored') return nothing('ignored', `${event.type} says nothing about licenses`);
  const exclusion = findExclusion(policy, {
    email: known.email,
    attributes: { ...known.attributes, ...event.attributes },
  });
  if (exclusion) return nothing('ignored', exclusion);

  const settled = settleDue(known, context);
  const isNow = at <= now;
  const hasLeft = settled.last?.kind === 'leaver';
  if (isNow && hasLeft && (event.kind === 'mover' || event.kind === 'leaver')) {
    return nothing('ignored', 'the person has left already');
  }
  if (isNow && event.kind !== 'withdrawn' && isOlder(event, at, settled)) {
    return nothing('superseded', `a newer event took effect at ${settled.last?.at.toISOString()}`);
  }
  const pending = toPending(settled, { eventKey, at, event }, isNow);
  let state: Employee = { ...settled, pending };
  const requests: PlannedRequest[] = [];
  const revision = before.revision + 1;
  const add = (made: readonly LicenseRequest[]) => {
    for (const request of made) {
      requests.push({
        requestId: `${eventKey}.${revision}.${requests.length + 1}`,
        request: { ...request, reason: `${event.kind}: ${event.type}`.slice(0, 200) },
      });
    }
  };

  // Somebody whose first day was still to come has nothing to give back.
  const neverCame = event.kind === 'leaver' && settled.last === undefined && settled.pending.some(isJoiner);
  if (isNow && event.kind !== 'withdrawn' && !neverCame) {
    const step = takeEffect(state, { eventKey, at, event }, policy);
    state = step.employee;
    add(step.requests);
  }
  const nowCount = requests.length;
  let future = state;
  for (const next of pending) {
    const step = takeEffect(future, next, policy);
    future = step.employee;
    add(
      step.requests.map((request) => ({
        ...request,
        effectiveAt: request.effectiveAt ?? next.at.toISOString(),
      })),
    );
  }
  const scheduled = requests.filter(({ request }, index) => index >= nowCount || isLater(request, now));
  return {
    outcome: 'applied',
    why: requests.length === 0 ? 'there is nothing to change' : `${requests.length} license requests`,
    requests,
    replaces: before.scheduledIds,
    employee: { ...state, scheduledIds: scheduled.map(({ requestId }) => requestId), revision },
    trace: evaluate(policy, {
      email: future.email,
      attributes: { ...future.attributes, ...event.attributes },
    }).trace,
  };
}

const isJoiner = ({ event }: PendingEvent) => event.kind === 'joiner';

const isLater = ({ effectiveAt }: LicenseRequest, now: Date) =>
  effectiveAt !== undefined && new Date(effectiveAt) > now;

/** A tie in time: the leaver wins. */
function isOlder({ kind }: HrEvent, at: Date, { last }: Employee): boolean {
  if (last === undefined) return false;
  return at < last.at || (at.getTime() === last.at.getTime() && last.kind === 'leaver' && kind !== 'leaver');
}

/** Pending events whose time has come have taken effect: their requests were released. */
function settleDue(employee: Employee, { policy, now }: Context): Employee {
  const due = employee.pending.filter(({ at }) => at <= now);
  const settled = due.reduce((state, next) => takeEffect(state, next, policy).employee, employee);
  return { ...settled, pending: employee.pending.filter(({ at }) => at > now) };
}

/** What is still to come: HR moved a date, withdrew something, or said something new. */
function toPending({ pending, last }: Employee, next: PendingEvent, isNow: boolean): readonly PendingEvent[] {
  const { kind } = next.event;
  if (kind === 'withdrawn') return [];
  const isReplaced = ({ event, at }: PendingEvent) =>
    event.kind === kind ||
    (kind === 'joiner' && event.kind === 'leaver' && at <= next.at) ||
    // Somebody who never came does not come any more.
    (kind === 'leaver' && event.kind !== 'leaver' && (last === undefined || at >= next.at));
  const kept = pending.filter((one) => !(isReplaced(one) && !(isNow && kind === 'mover')));
  return isNow ? kept : [...kept, next].sort((a, b) => a.at.getTime() - b.at.getTime());
}

interface Step {
  readonly employee: Employee;
  readonly requests: readonly LicenseRequest[];
}

/** One event takes effect. */
function takeEffect(employee: Employee, { at, event }: PendingEvent, policy: Policy): Step {
  const attributes = { ...employee.attributes, ...event.attributes };
  const after: Employee = { ...employee, attributes, last: { at, kind: event.kind } };
  // Somebody who has not come yet is only known better.
  const isBeforeJoining =
    event.kind === 'mover' &&
    employee.pending.some(({ event: next, at: then }) => next.kind === 'joiner' && then > at);
  if (isBeforeJoining) return { employee: { ...employee, attributes }, requests: [] };
  return event.kind === 'leaver' ? leave(after, at, policy) : join(after, event, policy);
}

/** A joiner gets all that the rules give; a mover the difference to what the rules gave before. */
function join(employee: Employee, event: HrEvent, policy: Policy): Step {
  const { grants } = evaluate(policy, employee);
  const had = new Set(employee.grants.map(toGrantKey));
  const has = new Set(grants.map(toGrantKey));
  const gone = employee.grants.filter((grant) => !has.has(toGrantKey(grant)));
  const kept = gone.filter((grant) => isCallingGrant(grant) && !policy.movers.calling);
  const removed = gone.filter((grant) => !kept.includes(grant));
  const added = event.kind === 'joiner' ? grants : grants.filter((grant) => !had.has(toGrantKey(grant)));
  const request = toRequest(employee, event, added, removed);
  return { employee: { ...employee, grants: [...grants, ...kept] }, requests: request ? [request] : [] };
}

/** Each leaver rule that fits reclaims in its time; of two that reclaim the same, the first one does. */
function leave(employee: Employee, at: Date, policy: Policy): Step {
  const fitting = policy.leavers.filter(({ when }) => holds(when, employee.attributes));
  let left = employee.grants;
  const requests = fitting.flatMap((rule) => {
    const named =
      rule.reclaim === 'granted'
        ? left
        : rule.reclaim.map((license): Grant => ({ kind: 'license', license }));
    const reclaimed = named.filter((grant) => rule.calling || !isCallingGrant(grant));
    const keys = new Set(reclaimed.map(toGrantKey));
    left = left.filter((grant) => !keys.has(toGrantKey(grant)));
    const request = toRequest(employee, { kind: 'leaver' }, [], reclaimed);
    return request
      ? [
          {
            ...request,
            ...(rule.afterDays > 0 && { effectiveAt: addDays(at, rule.afterDays).toISOString() }),
          },
        ]
      : [];
  });
  return { employee: { ...employee, grants: left }, requests };
}

const isCallingGrant = (grant: Grant) => grant.kind === 'license' && isCalling(grant.license);

function toRequest(
  { email, source }: Employee,
  { kind }: Pick<HrEvent, 'kind'>,
  added: readonly Grant[],
  removed: readonly Grant[],
): LicenseRequest | undefined {
  const items = [
    ...added.map((grant) => ({ grant, operation: 'add' as const })),
    ...removed.map((grant) => ({ grant, operation: 'remove' as const })),
  ];
  if (items.length === 0 || email === undefined) return undefined;
  return {
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
      grant.kind === 'site' ? [{ siteUrl: grant.siteUrl, accountType: 'attendee' as const, operation }] : [],
    ),
    source,
    reason: kind,
    ...(removed.some(isCallingGrant) && { allowCallingRemoval: true }),
  };
}
