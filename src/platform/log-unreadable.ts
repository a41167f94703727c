import type { Log } from './log.ts';

/** A newer version may have left thousands. */
const MAX_NAMED = 100;

/** Names rows of a shape that this version does not know, by their keys, and says how many there are. */
export function logUnreadable(log: Log, keys: readonly string[]): void {
  const distinct = new Set(keys);
  for (const key of [...distinct].slice(0, MAX_NAMED)) log.warn('row-unreadable', { key });
  if (distinct.size > MAX_NAMED) log.warn('rows-unreadable', { count: distinct.size });
}
