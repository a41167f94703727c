import type { AuditTrail } from '../audit/trail.ts';
import { type CallerRequest, toCaller } from '../http/caller.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { toAbandoned } from './abandoned-changes.ts';
import { logMove } from './record/log-move.ts';
import { moveRequest } from './record/record.ts';
import { isLegal } from './record/states.ts';
import { toView } from './record/view.ts';
import type { RequestStore } from './store.ts';
import { type WakeDeps, wakeHeldWith } from './wake-held.ts';

interface Deps extends WakeDeps {
  readonly requestStore: Pick<RequestStore, 'find' | 'replace' | 'readPerson'>;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly instance: string;
}

/** Cancels a request that has not started or waits. Changes at Webex that an earlier attempt made stay. */
export function createCancel(deps: Deps) {
  const { requestStore, audit, clock, instance } = deps;
  return async function cancelRequest(requestId: string, http: CallerRequest, log: Log): Promise<HttpAnswer> {
    const by = toCaller(http);
    const answer = await retryOnConflict(async () => {
      const record = await requestStore.find(requestId);
      if (record === undefined) return toProblem('not-found');
      if (!isLegal(record.state, 'cancelled'))
        return toProblem('not-cancellable', { detail: `It is ${record.state}.` });
      const mover = { at: clock(), instance };
      const cancelled = moveRequest(record, 'cancelled', mover, {}, { detail: 'cancelled by a person', by });
      await audit.append(toAbandoned(record, mover));
      const written = await requestStore.replace(cancelled);
      if (written === VERSION_CONFLICT) return written;
      logMove(log, written, record.state);
      await wakeHeldWith(deps, record);
      return { status: 200, jsonBody: toView(written) };
    });
    if (answer !== VERSION_CONFLICT) return answer;
    return toProblem('not-cancellable', { detail: 'Its state changes at this moment: try again.' });
  };
}
