import type { StoredRequest } from './record/record.ts';
import { isRowOnly } from './record/wait-reasons.ts';
import type { WorkQueue } from './store.ts';

/**
 * Sends the message for the next check of a request that waits. A wait of more than a minute keeps no message: the
 * sweep sends one when the wait is over.
 * @param now when the wait was written
 */
export async function sendNextCheck(
  messages: WorkQueue,
  record: StoredRequest,
  now: Date = record.updatedAt,
): Promise<void> {
  if (record.waiting === undefined || isRowOnly(record.waiting.until, now)) return;
  await messages.send(record, Math.max(0, record.waiting.until.getTime() - now.getTime()));
}
