type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log lines: one JSON object each, with ids and conditions, without personal data. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}

/** @param sink such as the invocation context of a function */
export const createLog = (sink: { info(line: string): void; warn(line: string): void }): Log => ({
  info: (event, fields) => sink.info(JSON.stringify({ event, ...fields })),
  warn: (event, fields) => sink.warn(JSON.stringify({ event, ...fields })),
});

/** A newer version may have written thousands of rows. */
const MAX_NAMED = 100;

/** Logs the keys of rows in a form that this version does not know, and their number. */
export function logUnreadable(log: Log, keys: readonly string[]): void {
  const distinct = new Set(keys);
  for (const key of [...distinct].slice(0, MAX_NAMED)) log.warn('row-unreadable', { key });
  if (distinct.size > MAX_NAMED) log.warn('rows-unreadable', { count: distinct.size });
}
