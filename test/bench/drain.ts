import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';

export interface Pull {
  /** Messages to a call. */
  readonly batch: number;
  /** Messages at once; more are asked for as soon as another batch has room. */
  readonly atOnce: number;
}

/** Takes messages until the queue is empty, as a Functions host does: each is deleted once its handler has ended. */
export async function drain(
  queue: QueueClient,
  { batch, atOnce }: Pull,
  handle: (message: DequeuedMessageItem) => Promise<void>,
): Promise<void> {
  const active = new Set<Promise<void>>();
  const failures: unknown[] = [];
  while (failures.length === 0) {
    const options = { numberOfMessages: batch, visibilityTimeout: 600 };
    const { receivedMessageItems } = await queue.receiveMessages(options);
    for (const message of receivedMessageItems) {
      const task = handle(message)
        .then(() => queue.deleteMessage(message.messageId, message.popReceipt))
        .then(
          () => {},
          (error: unknown) => void failures.push(error),
        )
        .finally(() => active.delete(task));
      active.add(task);
    }
    if (receivedMessageItems.length === 0) {
      const { approximateMessagesCount = 0 } = await queue.getProperties();
      if (approximateMessagesCount === 0) break;
      await (active.size > 0 ? Promise.race(active) : new Promise((resolve) => setTimeout(resolve, 50)));
    }
    while (active.size > atOnce - batch) await Promise.race(active);
  }
  await Promise.all(active);
  if (failures.length > 0) throw failures[0];
}
