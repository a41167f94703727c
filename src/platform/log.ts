import type { LedgerEntry } from '../ledger/entry.ts';
import type { State } from '../ledger/states.ts';

type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log lines: one JSON object each, with ids and conditions, and never a person's data. */
export interface Log {
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  /** A request went from one state to another. */
  moved(entry: LedgerEntry, from?: State): void;
}

/** What of a Functions invocation context the log needs. */
interface Sink {
  info(line: string): void;
  warn(line: string): void;
}

export function createLog(sink: Sink): Log {
  const info = (event: string, fields?: Fields) => sink.info(JSON.stringify({ event, ...fields }));
  return {
    info,
    warn: (event, fields) => sink.warn(JSON.stringify({ event, ...fields })),
    moved: (entry, from) =>
      info('request', {
        requestId: entry.requestId,
        from,
        to: entry.state,
        waitingFor: entry.waiting?.for,
        until: entry.waiting?.until.toISOString(),
        failure: entry.failure?.condition,
        attempt: entry.attempts,
        source: entry.request?.source,
        traceparent: entry.request?.traceparent,
      }),
  };
}
