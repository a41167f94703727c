import { encodeInventoryTicket } from '../contract/inventory.ts';
import { QUEUES } from '../contract/names.ts';
import type { RunTickets } from '../inventory/ports.ts';
import type { StorageClients } from './clients.ts';
import { reach } from './reach.ts';

export function createQueueRunTickets(storage: StorageClients): RunTickets {
  return {
    async send(runId, delayMs) {
      const queue = await storage.queue(QUEUES.inventoryRuns);
      await reach(
        'run-tickets.send',
        () => queue.createIfNotExists(),
        () =>
          queue.sendMessage(encodeInventoryTicket(runId), {
            visibilityTimeout: Math.ceil(delayMs / 1_000),
            messageTimeToLive: -1,
          }),
      );
    },
  };
}
