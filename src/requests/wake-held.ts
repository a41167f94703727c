import { needsApproval } from './record/decided-record.ts';
import type { RequestRecord } from './record/record.ts';
import type { RequestStore, WorkQueue } from './store.ts';

export interface WakeDeps {
  readonly requestStore: Pick<RequestStore, 'readPerson'>;
  readonly workQueue: WorkQueue;
}

/**
 * Sends a message for another request of the person that waits for approval: it may wait only because of a removal of
 * the request that was cancelled. One message is enough: the open requests of a person are performed together. If the
 * process dies before, the daily check of the request finds it.
 * @param before the request as it was
 */
export async function wakeHeldWith(
  { requestStore, workQueue }: WakeDeps,
  before: RequestRecord,
): Promise<void> {
  if (!needsApproval(before)) return;
  const { open } = await requestStore.readPerson(before.personKey);
  const other = open.find((record) => record.requestId !== before.requestId && needsApproval(record));
  if (other) await workQueue.send(other, 0);
}
