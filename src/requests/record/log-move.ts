import type { Log } from '../../platform/log.ts';
import { IllegalTransition, type LedgerEntry } from './record.ts';
import type { State } from './states.ts';

/** Logs that a request went from one state to another, or that it is new: ids and conditions, no person. */
export function logMove(log: Log, entry: LedgerEntry, from?: State): void {
  log.info('request', {
    requestId: entry.requestId,
    from,
    to: entry.state,
    waitingFor: entry.waiting?.for,
    until: entry.waiting?.until.toISOString(),
    failure: entry.failure?.condition,
    attempt: entry.attempts,
    source: entry.request?.source,
    key: entry.history.at(-1)?.by?.key,
    traceparent: entry.request?.traceparent,
  });
}

/** @param before as they were, in the same order */
export function logMoves(before: readonly LedgerEntry[], after: readonly LedgerEntry[], log: Log): void {
  for (const [index, entry] of after.entries()) logMove(log, entry, before[index]?.state);
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
