import type { PoisonQueue } from '../intake/sweep-poison.ts';
import type { StorageClients } from './clients.ts';
import { orOn, reach } from './reach.ts';

const MAX_MESSAGES = 32;
const HIDDEN_SECONDS = 5 * 60;

/** The queue of what the Functions host gave up on in another one. */
export function createPoisonQueue(storage: StorageClients, name: string): PoisonQueue {
  const queue = () => storage.queue(name);
  const create = async () => (await queue()).createIfNotExists();
  return {
    async receive() {
      const client = await queue();
      const settings = { numberOfMessages: MAX_MESSAGES, visibilityTimeout: HIDDEN_SECONDS };
      const { receivedMessageItems } = await reach('poison.receive', create, () =>
        client.receiveMessages(settings),
      );
      return receivedMessageItems.map((item) => ({
        text: item.messageText,
        delivery: { id: item.messageId, insertedAt: item.insertedOn, expiresAt: item.expiresOn },
        tries: item.dequeueCount,
        receipt: item.popReceipt,
      }));
    },

    async remove({ delivery, receipt }) {
      const client = await queue();
      // Another sweep has it by then, or had it.
      await reach('poison.remove', create, () =>
        orOn([400, 404], undefined, client.deleteMessage(delivery.id, receipt)),
      );
    },
  };
}
