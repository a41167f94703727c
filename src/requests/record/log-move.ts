import type { Log } from '../../platform/log.ts';
import { IllegalTransition, type RequestRecord } from './record.ts';
import type { State } from './states.ts';

/** Logs that a request went from one state to another, or that it is new: ids and conditions, no person. */
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

/** @param before as they were, in the same order */
export function logMoves(before: readonly RequestRecord[], after: readonly RequestRecord[], log: Log): void {
  for (const [index, record] of after.entries()) logMove(log, record, before[index]?.state);
}

/**
 * Counts a move that the table of transitions does not have as `illegal-transition`, and lets it fail: the host
 * delivers the message a few times more, and then the request is a dead letter.
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
