import type { Log } from '../platform/log.ts';
import type { LedgerEntry } from './entry.ts';
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
    traceparent: entry.request?.traceparent,
  });
}
