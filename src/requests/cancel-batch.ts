import pMap from 'p-map';
import { type CallerRequest, toCaller } from '../http/caller.ts';
import { toNextQuery } from '../http/cursor.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { Log } from '../platform/log.ts';
import { type CancelDeps, cancelRecord } from './cancel.ts';
import { batchSchema } from './license-request.ts';
import { isOpen } from './record/states.ts';
import type { RequestStore } from './store.ts';

export interface CancelBatchDeps extends CancelDeps {
  readonly requestStore: CancelDeps['requestStore'] & Pick<RequestStore, 'ofBatch'>;
}

const PAGE = 100;
const AT_ONCE = 16;
/** Well below the patience of HTTP clients: the next call goes on. */
const MAX_CALL_MS = 10_000;
/** How many requests that have begun are named. */
const MAX_NAMED = 20;

/** Cancels what has not begun, or waits, of a batch: page by page, for a bounded time. `next` is the query of the next call. */
export function createCancelBatch(deps: CancelBatchDeps) {
  return async function cancelBatch(name: string, http: CallerRequest, log: Log): Promise<HttpAnswer> {
    const unknown = () =>
      toProblem('unknown-batch', { detail: 'No request that is kept has this batch name.' });
    if (!batchSchema.safeParse(name).success) return unknown();
    const evidence = { detail: 'cancelled with its batch', by: toCaller(http) };
    const untilMs = deps.clock().getTime() + MAX_CALL_MS;
    const begun: string[] = [];
    let [requests, cancelled] = [0, 0];
    let next = new URL(http.url).searchParams.get('next') || undefined;
    const isFirstCall = next === undefined;
    do {
      const page = await deps.requestStore.ofBatch(name, PAGE, next);
      requests += page.records.length;
      const open = page.records.filter(({ state }) => isOpen(state)).map(({ requestId }) => requestId);
      const ends = await pMap(open, (requestId) => cancelRecord(deps, requestId, evidence, log), {
        concurrency: AT_ONCE,
      });
      for (const [index, end] of ends.entries()) {
        if ('record' in end) cancelled += 1;
        else if (end.found !== undefined && isOpen(end.found)) begun.push(open[index] ?? '');
      }
      next = page.next;
    } while (next !== undefined && deps.clock().getTime() < untilMs);
    if (isFirstCall && requests === 0 && next === undefined) return unknown();
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      jsonBody: {
        ...{ batch: name, requests, cancelled, begun: begun.length },
        ...(begun.length > 0 && { examples: begun.slice(0, MAX_NAMED) }),
        ...(next !== undefined && { next: toNextQuery({}, next) }),
      },
    };
  };
}
