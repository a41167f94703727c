import type { AuditTrail } from '../audit/trail.ts';
import type { Caller } from '../http/caller.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { toAbandoned } from '../requests/abandoned-changes.ts';
import { acceptRequest } from '../requests/record/accept.ts';
import { DRIFT_EVENT } from '../requests/record/drift-repair.ts';
import { logMove } from '../requests/record/log-move.ts';
import { moveRequest, type StoredRequest } from '../requests/record/record.ts';
import { isLegal } from '../requests/record/states.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import type { OpenRequest } from './person.ts';

export interface OwnRequestDeps {
  readonly requestStore: Pick<RequestStore, 'add' | 'read' | 'replace'>;
  readonly workQueue: WorkQueue;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly clock: Clock;
  readonly instance: string;
}

/** Submits a request that is written with its person. Done twice, it does the same. */
export async function submitOwn(
  deps: OwnRequestDeps,
  open: OpenRequest,
  log: Log,
): Promise<StoredRequest | undefined> {
  const { requestStore, workQueue, clock, instance } = deps;
  const { requestId, request, askedAt, key, policyVersion, isOfLeaver, isRepair } = open;
  const origin: Caller = {
    channel: 'hr',
    ...(key !== undefined && { key }),
    ...(policyVersion !== undefined && { policyVersion }),
    ...(isOfLeaver && { hrEvent: 'leaver' }),
    ...(isRepair && { hrEvent: DRIFT_EVENT }),
  };
  const accepted = acceptRequest(requestId, request, { at: clock(), instance }, origin);
  const [added] = await requestStore.add([{ ...accepted, ...(askedAt && { askedAt }) }], 'storage');
  if (added === undefined) return undefined;
  if (added.added) logMove(log, added.record);
  // Storage had it already: its message may have been lost with the instance that added it.
  if (added.record.state === 'accepted') await workQueue.send(added.record, 0);
  return added.record;
}

/** Cancels a request that is no longer wanted. @returns undefined where it is being performed: it is waited for */
export async function cancelOwn(
  { requestStore, audit, clock, instance }: OwnRequestDeps,
  requestId: string,
  detail: string,
  log: Log,
): Promise<StoredRequest | undefined> {
  const cancelled = await retryOnConflict(async () => {
    const record = await requestStore.read(requestId);
    if (record === undefined || !isLegal(record.state, 'cancelled')) return undefined;
    const mover = { at: clock(), instance };
    await audit.append(toAbandoned(record, mover));
    const written = await requestStore.replace(moveRequest(record, 'cancelled', mover, {}, { detail }));
    if (written !== VERSION_CONFLICT) logMove(log, written, record.state);
    return written;
  });
  return cancelled === VERSION_CONFLICT ? undefined : cancelled;
}
