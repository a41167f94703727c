import type { StoredEntry } from './record/record.ts';
import { isRowOnly } from './record/wait-reasons.ts';
import type { Tickets } from './store.ts';

/**
 * Sends the message for the next check of a request that waits. A wait of more than a minute keeps no message: the
 * sweep sends one when the wait is over.
 * @param now when the wait was written
 */
export async function sendNextCheck(
  messages: Tickets,
  entry: StoredEntry,
  now: Date = entry.updatedAt,
): Promise<void> {
  if (entry.waiting === undefined || isRowOnly(entry.waiting.until, now)) return;
  await messages.send(entry, Math.max(0, entry.waiting.until.getTime() - now.getTime()));
}
