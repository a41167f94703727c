import type { AuditTrail } from '../audit/trail.ts';
import { type CallerRequest, toCaller } from '../http/caller.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { toAbandoned } from './abandoned-changes.ts';
import { logMove } from './record/log-move.ts';
import { type Evidence, moveRequest, type StoredRequest } from './record/record.ts';
import { isLegal, type State } from './record/states.ts';
import { toView } from './record/view.ts';
import type { RequestStore } from './store.ts';
import { type WakeDeps, wakeHeldWith } from './wake-held.ts';

export interface CancelDeps extends WakeDeps {
  readonly requestStore: Pick<RequestStore, 'find' | 'replace' | 'readPerson'>;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly clock: Clock;
  readonly instance: string;
}

/** Cancels a request that has not started or waits. Changes at Webex that an earlier attempt made stay. */
export function createCancel(deps: CancelDeps) {
  return async function cancelRequest(requestId: string, http: CallerRequest, log: Log): Promise<HttpAnswer> {
    const by = toCaller(http);
    const cancelled = await cancelRecord(deps, requestId, { detail: 'cancelled by a person', by }, log);
    if ('record' in cancelled) return { status: 200, jsonBody: toView(cancelled.record) };
    if (cancelled.found === undefined) return toProblem('not-found');
    const detail = isLegal(cancelled.found, 'cancelled')
      ? 'Its state changes at this moment: try again.'
      : `It is ${cancelled.found}.`;
    return toProblem('not-cancellable', { detail });
  };
}

/** @returns the cancelled request, or the state in which it cannot be cancelled; undefined where there is no such request */
export async function cancelRecord(
  deps: CancelDeps,
  requestId: string,
  evidence: Evidence,
  log: Log,
): Promise<{ readonly record: StoredRequest } | { readonly found: State | undefined }> {
  const { requestStore, audit, clock, instance } = deps;
  let found: State | undefined;
  const cancelled = await retryOnConflict(async () => {
    const record = await requestStore.find(requestId);
    found = record?.state;
    if (record === undefined || !isLegal(record.state, 'cancelled')) return undefined;
    const mover = { at: clock(), instance };
    await audit.append(toAbandoned(record, mover));
    const written = await requestStore.replace(moveRequest(record, 'cancelled', mover, {}, evidence));
    if (written === VERSION_CONFLICT) return written;
    logMove(log, written, record.state);
    await wakeHeldWith(deps, record);
    return written;
  });
  return cancelled === undefined || cancelled === VERSION_CONFLICT ? { found } : { record: cancelled };
}
