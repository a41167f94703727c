import { evaluate, findExclusion, type RuleTrace } from '../policy/evaluate.ts';
import type { Policy } from '../policy/policy.ts';
import type { LicenseRequest } from '../requests/license-request.ts';
import { applyLifecycleEvent, reclaimUntil, type Step } from './apply-lifecycle-event.ts';
import { toEffectiveAt } from './effective.ts';
import type { Employee, Orders, PendingEvent } from './employee.ts';
import type { HrEvent } from './hr-event.ts';

/** What an event leads to. */
export interface Plan extends Pick<Orders, 'requests' | 'replaces'> {
  readonly outcome: 'applied' | 'superseded' | 'ignored';
  readonly why: string;
  readonly employee: Employee;
  readonly trace: readonly RuleTrace[];
}

interface Context {
  readonly policy: Policy;
  readonly timeZone: string;
  readonly now: Date;
  /** Absent where an event is only asked about. */
  readonly receivedAt?: Date;
}

const KEYS_KEPT = 20;

/**
 * Decides what an event means for an employee: pure, so that it can be asked without being done. Events that take
 * effect later are kept, and planned anew with each event that comes; what was scheduled for them is replaced.
 */
export function planEvent(before: Employee, eventKey: string, event: HrEvent, context: Context): Plan {
  const { policy, timeZone, now, receivedAt = now } = context;
  // It may be applied late, after what came later; and the clocks that tell the two times differ a little.
  const saidAt = new Date(Math.min(receivedAt.getTime(), now.getTime()));
  const at = toEffectiveAt(event, timeZone, saidAt);
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
  const refusal = isNow ? findRefusal(event, at, settled) : findOutdated(event, at, settled);
  if (refusal) return nothing(refusal.outcome, refusal.why);

  const pending = toPending(settled, { eventKey, at, event }, isNow);
  const isWithdrawn = event.kind === 'withdrawn';
  let state: Employee = { ...settled, pending, ...(isWithdrawn && { withdrawnAt: at }) };
  const made: LicenseRequest[] = [];
  const advance = ({ employee, requests }: Step) => {
    made.push(...requests);
    return employee;
  };
  // Somebody whose first day was still to come has nothing to give back.
  const neverCame = event.kind === 'leaver' && settled.last === undefined && settled.pending.some(isJoiner);
  const isTakenBack = isWithdrawn && settled.last?.kind === 'leaver' && settled.pending.length === 0;
  if (isTakenBack || (isNow && !isWithdrawn && !neverCame)) {
    state = advance(applyLifecycleEvent(state, { eventKey, at: toTurn(at, before, now), event }, policy));
  }
  // What was to be reclaimed before now, from somebody of whose leaving we hear late.
  state = advance(reclaimUntil(state, now));
  let future = state;
  for (const next of pending) future = advance(applyLifecycleEvent(future, next, policy));
  future = advance(reclaimUntil(future, FOREVER));

  const revision = before.revision + 1;
  const requests = made.map((request, index) => ({
    requestId: `${eventKey}.${revision}.${index + 1}`,
    request: { ...request, reason: `${event.kind}: ${event.type}`.slice(0, 200) },
  }));
  const scheduled = requests.flatMap(({ requestId, request: { effectiveAt = 0 } }) => {
    const from = new Date(effectiveAt);
    return from > now ? [{ requestId, at: from }] : [];
  });
  const replaces = before.scheduled.filter((one) => one.at > now).map(({ requestId }) => requestId);
  const left =
    event.kind === 'leaver' && requests.length + replaces.length === 0 ? toLeft(future) : undefined;
  return {
    outcome: left === undefined ? 'applied' : 'ignored',
    why:
      left ??
      (requests.length === 0
        ? 'there is nothing to change'
        : `${requests.length} license ${requests.length === 1 ? 'request' : 'requests'}`),
    requests,
    replaces,
    employee: { ...state, scheduled, revision },
    trace: evaluate(policy, {
      email: future.email,
      attributes: { ...future.attributes, ...event.attributes },
    }).trace,
  };
}

const FOREVER = new Date(8.64e15);

/** Why nothing is taken from somebody who leaves: what is held at Webex is not read for it. */
const toLeft = ({ grants }: Employee): string =>
  grants.length === 0
    ? 'nothing was granted to this person here, so that what the person holds at Webex was left as it is: take it by a license request'
    : 'no leaver rule takes what was granted to this person, so that it was left as it is';

type Refusal = Pick<Plan, 'outcome' | 'why'>;

/** Why an event that is in effect already changes nothing. A tie in time: the leaver wins. */
function findRefusal({ kind }: HrEvent, at: Date, { last, pending }: Employee): Refusal | undefined {
  if (kind === 'withdrawn') {
    return pending.length === 0 && last?.kind !== 'leaver'
      ? { outcome: 'ignored', why: 'nothing was to come, and nobody has left' }
      : undefined;
  }
  if (last?.kind === 'leaver' && (kind === 'mover' || kind === 'leaver')) {
    return { outcome: 'ignored', why: 'the person has left already' };
  }
  if (last === undefined || at > last.at) return undefined;
  const isTie = at.getTime() === last.at.getTime() && !(last.kind === 'leaver' && kind !== 'leaver');
  return isTie
    ? undefined
    : { outcome: 'superseded', why: `a newer event took effect at ${last.at.toISOString()}` };
}

/** Why HR no longer means what it said of a day to come: it said something newer since. */
function findOutdated({ kind, occurredAt }: HrEvent, at: Date, employee: Employee): Refusal | undefined {
  if (occurredAt === undefined) return undefined;
  const saidAt = new Date(occurredAt);
  const { withdrawnAt, pending } = employee;
  if (withdrawnAt !== undefined && saidAt < withdrawnAt && at > withdrawnAt) {
    return { outcome: 'superseded', why: `HR withdrew it at ${withdrawnAt.toISOString()}` };
  }
  const newer = pending.find(
    ({ event }) =>
      event.kind === kind && event.occurredAt !== undefined && new Date(event.occurredAt) > saidAt,
  );
  return newer && { outcome: 'superseded', why: `HR moved it to ${newer.at.toISOString()} since` };
}

/** When an event takes effect: where HR was late to say so, after what was done meanwhile. */
function toTurn(at: Date, { scheduled }: Employee, now: Date): Date {
  return scheduled.some((done) => done.at >= at && done.at <= now) ? now : at;
}

const isJoiner = ({ event }: PendingEvent) => event.kind === 'joiner';

/** Pending events whose time has come have taken effect: their requests were released. */
function settleDue(employee: Employee, { policy, now }: Context): Employee {
  const due = employee.pending.filter(({ at }) => at <= now);
  const settled = due.reduce((state, next) => applyLifecycleEvent(state, next, policy).employee, employee);
  return { ...reclaimUntil(settled, now).employee, pending: employee.pending.filter(({ at }) => at > now) };
}

/** What is still to come: HR moved a date, withdrew something, or said something new. */
function toPending({ pending }: Employee, next: PendingEvent, isNow: boolean): readonly PendingEvent[] {
  const { kind } = next.event;
  if (kind === 'withdrawn') return [];
  const isReplaced = ({ event, at }: PendingEvent) =>
    event.kind === kind ||
    (kind === 'joiner' && event.kind === 'leaver' && at <= next.at) ||
    // Somebody who never came does not come any more.
    (kind === 'leaver' && event.kind !== 'leaver' && at >= next.at);
  const kept = pending.filter((one) => !(isReplaced(one) && !(isNow && kind === 'mover')));
  return isNow ? kept : [...kept, next].sort((a, b) => a.at.getTime() - b.at.getTime());
}
