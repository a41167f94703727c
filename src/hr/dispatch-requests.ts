import type { Caller } from '../http/caller.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { storedLicenseRequestSchema } from '../requests/license-request.ts';
import { acceptRequest, toFingerprint } from '../requests/record/accept.ts';
import { logMove } from '../requests/record/log-move.ts';
import { moveRequest, type StoredRequest } from '../requests/record/record.ts';
import { isLegal } from '../requests/record/states.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import type { Employees, Orders, PlannedRequest, StoredEmployee } from './employee.ts';

const MAX_IDS = 10;

export interface DispatchDeps {
  readonly employees: Employees;
  readonly requestStore: Pick<RequestStore, 'add' | 'read' | 'replace'>;
  readonly workQueue: WorkQueue;
  readonly clock: Clock;
  readonly instance: string;
}

export interface CarriedOut {
  /** The employee without the plan. */
  readonly employee: StoredEmployee | undefined;
  /** The requests of the plan that was found first. */
  readonly requestIds: readonly string[];
}

/**
 * Hands what the newest plan for an employee asks for to the ledger, and then forgets it: also where whoever made
 * the plan could not. Done twice, or by two at once, it does the same.
 */
export function createDispatch({ employees, requestStore, workQueue, clock, instance }: DispatchDeps) {
  return async (employee: StoredEmployee | undefined, log: Log): Promise<CarriedOut> => {
    let current = employee;
    let requestIds: readonly string[] | undefined;
    const done = await retryOnConflict(async () => {
      if (current?.orders === undefined) return { employee: current, requestIds: requestIds ?? [] };
      const { orders, ...rest } = current;
      await replaceScheduled(orders, log);
      const names = await accept(orders, log);
      requestIds ??= [...names.values()];
      const scheduled = rest.scheduled.map((one) => {
        return { ...one, requestId: names.get(one.requestId) ?? one.requestId };
      });
      const written = await employees.write({ ...rest, scheduled });
      if (written !== VERSION_CONFLICT) return { employee: written, requestIds };
      current = await employees.read(rest.source, rest.employeeId);
      return VERSION_CONFLICT;
    });
    if (done !== VERSION_CONFLICT) return done;
    throw new Error('An employee was written by others each time');
  };

  /** Scheduled requests of an earlier plan end; those that were released meanwhile go on. */
  async function replaceScheduled({ replaces, requests }: Orders, log: Log): Promise<void> {
    const [successor] = requests;
    for (const requestId of replaces) {
      const record = await requestStore.read(requestId);
      if (record?.state !== 'scheduled' || !isLegal(record.state, 'superseded')) continue;
      const by = successor ? `superseded by ${successor.requestId}` : 'withdrawn by HR';
      const next = moveRequest(record, successor ? 'superseded' : 'cancelled', mover(), {}, { detail: by });
      if ((await requestStore.replace(next)) !== VERSION_CONFLICT) logMove(log, next, record.state);
    }
  }

  /** @returns by the id that was planned, the one that the request has */
  async function accept(orders: Orders, log: Log): Promise<ReadonlyMap<string, string>> {
    const { requests, key, askedAt, policyVersion, hrEvent } = orders;
    const origin: Caller = {
      channel: 'hr',
      ...(key !== undefined && { key }),
      ...(policyVersion !== undefined && { policyVersion }),
      ...(hrEvent !== undefined && { hrEvent }),
    };
    const records = await Promise.all(requests.map((planned) => add(planned, { origin, askedAt }, log)));
    for (const record of records) if (record.state === 'accepted') await workQueue.send(record, 0);
    return new Map(
      requests.map(({ requestId }, index) => [requestId, records[index]?.requestId ?? requestId]),
    );
  }

  /** Version 0.1.0 let anybody take the id first, with another request: then this one has the next id. */
  async function add(
    { requestId, request }: PlannedRequest,
    { origin, askedAt }: { readonly origin: Caller; readonly askedAt: Date | undefined },
    log: Log,
  ): Promise<StoredRequest> {
    const fingerprint = toFingerprint(storedLicenseRequestSchema.parse(request));
    for (let number = 1; number <= MAX_IDS; number += 1) {
      const id = number === 1 ? requestId : `${requestId}.${number}`;
      const accepted = acceptRequest(id, request, mover(), origin);
      const [added] = await requestStore.add([{ ...accepted, ...(askedAt && { askedAt }) }], 'storage');
      if (added?.added) logMove(log, added.record);
      const isOurs = added?.record.origin?.channel === 'hr' && isOf(added.record, fingerprint);
      if (added && (added.added || isOurs)) return added.record;
      log.warn('request-id-taken', { requestId: id });
    }
    throw new Error(`${requestId} and the ids after it are taken by other requests`);
  }

  function mover() {
    return { at: clock(), instance };
  }
}

/** Compared as stored requests are read: the order of their members is that of the schema. */
const isOf = ({ request }: StoredRequest, fingerprint: string): boolean =>
  request !== undefined && toFingerprint(storedLicenseRequestSchema.parse(request)) === fingerprint;
