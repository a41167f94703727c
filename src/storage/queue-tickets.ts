import { QUEUES } from '../contract/names.ts';
import { encodeTicket } from '../contract/queue-message.ts';
import type { Tickets } from '../ledger/ledger.ts';
import type { StorageClients } from './clients.ts';
import { reach } from './reach.ts';

/** Storage queues keep a message for a week unless they are told otherwise. */
const NEVER_EXPIRES = -1;

export function createQueueTickets(storage: StorageClients): Tickets {
  return {
    async send(target, delayMs) {
      const queue = await storage.queue(QUEUES.licenseRequests);
      await reach(
        'tickets.send',
        () => queue.createIfNotExists(),
        () =>
          queue.sendMessage(encodeTicket(target), {
            visibilityTimeout: Math.ceil(delayMs / 1_000),
            messageTimeToLive: NEVER_EXPIRES,
          }),
      );
    },
  };
}
