import type { AuditTrail } from '../audit/trail.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { toAbandoned } from '../requests/abandoned-changes.ts';
import {
  approveRecord,
  needsApproval,
  type OperatorDecision,
  rejectRecord,
  releaseRecord,
} from '../requests/record/decided-record.ts';
import { logMove } from '../requests/record/log-move.ts';
import type { StoredRequest } from '../requests/record/record.ts';
import { isLegal } from '../requests/record/states.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import { wakeHeldWith } from '../requests/wake-held.ts';
import { toCause } from './cause.ts';
import type { DECISIONS } from './causes.ts';

export interface DecideDeps {
  readonly requestStore: Pick<RequestStore, 'find' | 'replace' | 'readPerson' | 'heldUnder' | 'countHeld'>;
  readonly workQueue: WorkQueue;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly instance: string;
}

export interface Decided extends OperatorDecision {
  readonly decision: (typeof DECISIONS)[number];
}

/**
 * Approves or rejects one request that waits. A request that waits with the removal of another one is neither: it goes
 * on, and is looked at anew.
 * @param cause under which was decided
 * @param delayMs of its message
 * @returns the request as it goes on, or undefined where it moves at this moment, or waits no more
 */
export async function decideRequest(
  deps: DecideDeps,
  record: StoredRequest,
  {
    decided,
    cause,
    delayMs,
  }: { readonly decided: Decided; readonly cause: string; readonly delayMs: number },
  log: Log,
): Promise<StoredRequest | undefined> {
  const { requestStore, workQueue, audit, clock, instance } = deps;
  // The holder of its lease is about to write it.
  if (!needsApproval(record) || !isLegal(record.state, 'cancelled')) return undefined;
  const mover = { at: clock(), instance };
  const isOwn = toCause(record) === cause;
  const isRejected = isOwn && decided.decision === 'reject';
  if (isRejected) await audit.append(toAbandoned(record, mover));
  const next = !isOwn
    ? releaseRecord(record, mover)
    : isRejected
      ? rejectRecord(record, mover, decided)
      : approveRecord(record, mover, decided);
  const written = await requestStore.replace(next);
  if (written === VERSION_CONFLICT) return undefined;
  logMove(log, written, record.state);
  if (isRejected) await wakeHeldWith(deps, record);
  else await workQueue.send(written, delayMs);
  return written;
}
