import type { Log } from '../../platform/log.ts';
import { IllegalTransition, type RequestRecord } from './record.ts';
import type { State } from './states.ts';

/** Logs a new request, or its change of state: ids and conditions, no personal data. */
export function logMove(log: Log, record: RequestRecord, from?: State): void {
  log.info('request', {
    requestId: record.requestId,
    from,
    to: record.state,
    waitingFor: record.waiting?.for,
    until: record.waiting?.until.toISOString(),
    failure: record.failure?.condition,
    attempt: record.attempts,
    source: record.request?.source,
    key: record.history.at(-1)?.by?.key,
    traceparent: record.request?.traceparent,
  });
}

/** @param before the same requests before the change, in the same order */
export function logMoves(before: readonly RequestRecord[], after: readonly RequestRecord[], log: Log): void {
  for (const [index, record] of after.entries()) logMove(log, record, before[index]?.state);
}

/**
 * Logs an illegal transition as `illegal-transition`, and throws it: after further deliveries the request becomes a
 * dead letter.
 */
export async function countIllegal<T>(log: Log, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IllegalTransition) {
      log.warn('illegal-transition', { requestId: error.requestId, from: error.from, to: error.to });
    }
    throw error;
  }
}
