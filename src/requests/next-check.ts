import type { StoredRequest } from './record/record.ts';
import { isRowOnly } from './record/wait-reasons.ts';
import type { WorkQueue } from './store.ts';

/**
 * Sends the message for the next check of a waiting request. For a wait of more than a minute, the sweep sends it at
 * the end of the wait.
 * @param now when the wait began
 */
export async function sendNextCheck(
  messages: WorkQueue,
  record: StoredRequest,
  now: Date = record.updatedAt,
): Promise<void> {
  if (record.waiting === undefined || isRowOnly(record.waiting.until, now)) return;
  await messages.send(record, Math.max(0, record.waiting.until.getTime() - now.getTime()));
}
