import type { Log } from '../platform/log.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { PolicyError } from '../policy/policy.ts';
import type { PolicySource } from '../policy/policy-source.ts';
import { toPolicyVersion } from '../policy/policy-version.ts';
import { HrUnavailable } from './ask-hr.ts';
import { createStoreHrBatch, type HrBatches } from './batches.ts';
import { createDispatch, type DispatchDeps } from './dispatch-requests.ts';
import { type Employee, newEmployee } from './employee.ts';
import { type HrEvent, hrBatchMessageSchema } from './hr-event.ts';
import { type HrEvents, type HrWorkQueue, type StoredHrEvent, toNextLook } from './hr-events.ts';
import { openHrMessage } from './open-hr-message.ts';
import { planEvent } from './plan.ts';
import type { ResolveEmployee } from './resolve.ts';
import type { Source } from './sources/sources.ts';

interface Deps extends DispatchDeps {
  readonly sources: ReadonlyMap<string, Source>;
  readonly events: HrEvents;
  readonly batches: HrBatches;
  readonly hrWorkQueue: HrWorkQueue;
  readonly resolve: ResolveEmployee;
  readonly policy: PolicySource;
}

const toNeedsIdentity = ({ notes = [] }: HrEvent) =>
  [...notes, 'the e-mail address of this employee is not known yet: import it to the directory'].join('; ');

/**
 * Turns one stored HR event into license requests: finds out whom it is about, asks the policy, and hands the
 * requests to the ledger. The host owns the acknowledgement: this returns once the record says how it ended, and
 * throws where somebody else works on the same employee, to be delivered again. Done twice, it does the same.
 */
export function createApplyHrEvent(deps: Deps) {
  const { sources, events, employees, resolve, policy, clock } = deps;
  const dispatch = createDispatch(deps);
  const storeBatch = createStoreHrBatch({ ...deps, workQueue: deps.hrWorkQueue });

  return async (received: unknown, log: Log): Promise<void> => {
    const batch = hrBatchMessageSchema.safeParse(received);
    if (batch.success) return storeBatch(batch.data.batch, log);
    const records = await openHrMessage(events, received, log);
    // One that fails is delivered again with the others, which have ended by then.
    const ends = await Promise.allSettled(
      [...byEmployee(records)].map(async (some) => {
        for (const record of some) await apply(record, log);
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };

  async function apply(record: StoredHrEvent, log: Log): Promise<void> {
    if (record.state !== 'accepted' && record.state !== 'needs-identity') return;
    const source = sources.get(record.event.source);
    if (source === undefined)
      return end(record, 'failed', 'its source is no longer in the setting HR_SOURCES', log);

    const { employeeId = record.event.email ?? '' } = record.event;
    const before = await employees.read(source.name, employeeId);
    const { employee: stored, requestIds: earlierIds } = await dispatch(before, log);
    const found = await findOut(source, record, stored, log);
    if (typeof found === 'string') return later(record, record.state, found, log);
    const { event, inForce } = found;
    if (event.failure !== undefined) return end(record, 'failed', event.failure, log);
    if (event.email === undefined) return later(record, 'needs-identity', toNeedsIdentity(event), log);
    const employee: Employee & { version?: string } = stored ?? newEmployee(source.name, employeeId);
    if (employee.eventKeys.includes(record.eventKey)) {
      const isLeft = before?.orders?.eventKey === record.eventKey;
      return end(record, 'applied', 'was applied', log, isLeft ? earlierIds : undefined);
    }

    const { receivedAt } = record;
    const context = { policy: inForce, timeZone: source.timeZone, now: clock(), receivedAt };
    const plan = planEvent(employee, record.eventKey, event, context);
    const { requests, replaces } = plan;
    const { eventKey, key } = record;
    const orders = {
      ...{ eventKey, ...(key !== undefined && { key }), askedAt: receivedAt, requests, replaces },
      ...{ policyVersion: toPolicyVersion(inForce), hrEvent: event.kind },
    };
    const version = stored && { version: stored.version };
    const hasOrders = requests.length + replaces.length > 0;
    const written = await employees.write({ ...plan.employee, ...version, ...(hasOrders && { orders }) });
    if (written === VERSION_CONFLICT) throw new Error(`The employee of ${record.eventKey}: version conflict`);
    const { requestIds } = await dispatch(written, log);
    await end(record, plan.outcome, plan.why, log, requestIds);
  }

  /** Whom it is about and by which policy; or what is in the way of that, and may not be later. */
  async function findOut(
    source: Source,
    { event, receivedAt }: StoredHrEvent,
    known: Employee | undefined,
    log: Log,
  ) {
    try {
      return { event: await resolve(source, event, known, receivedAt), inForce: await policy.current(log) };
    } catch (error) {
      if (error instanceof HrUnavailable || error instanceof PolicyError) return error.message;
      throw error;
    }
  }

  async function later(
    record: StoredHrEvent,
    state: StoredHrEvent['state'],
    detail: string,
    log: Log,
  ): Promise<void> {
    const lookAt = toNextLook(record, clock());
    await events.replace({ ...record, state, detail, looks: record.looks + 1, lookAt, updatedAt: clock() });
    log.info('hr-event', {
      eventKey: record.eventKey,
      from: record.state,
      to: state,
      until: lookAt.toISOString(),
      detail,
    });
  }

  async function end(
    record: StoredHrEvent,
    state: StoredHrEvent['state'],
    why: string,
    log: Log,
    requestIds = record.requestIds,
  ) {
    const { lookAt: _over, ...rest } = record;
    await events.replace({ ...rest, state, detail: why, requestIds, updatedAt: clock() });
    log.info('hr-event', {
      eventKey: record.eventKey,
      from: record.state,
      to: state,
      requests: requestIds.length,
      detail: why,
    });
  }
}

/** Events of one employee go one after the other, in the order in which they came; employees side by side. */
function byEmployee(records: readonly StoredHrEvent[]): Iterable<readonly StoredHrEvent[]> {
  const groups = new Map<string, StoredHrEvent[]>();
  for (const record of [...records].sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime())) {
    const { source, employeeId = record.event.email ?? '' } = record.event;
    const group = groups.get(`${source} ${employeeId}`) ?? [];
    groups.set(`${source} ${employeeId}`, group);
    group.push(record);
  }
  return groups.values();
}
