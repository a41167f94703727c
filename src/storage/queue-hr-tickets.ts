import { encodeHrBatchMessage, encodeHrTicket, MAX_HR_TICKET_EVENTS } from '../contract/hr-event.ts';
import { QUEUES } from '../contract/names.ts';
import type { HrTickets } from '../hr/hr-events.ts';
import type { StorageClients } from './clients.ts';
import { createGather } from './gather.ts';
import { reach } from './reach.ts';

const LIMITS = { maxSize: MAX_HR_TICKET_EVENTS, callsAtOnce: 8 };

/** The queue `hr-events`. A burst of events has few messages: the sender waits for them. */
export function createQueueHrTickets(storage: StorageClients): HrTickets {
  async function sendText(text: string): Promise<void> {
    const queue = await storage.queue(QUEUES.hrEvents);
    await reach(
      'hr-tickets.send',
      () => queue.createIfNotExists(),
      () => queue.sendMessage(text, { messageTimeToLive: -1 }),
    );
  }
  const send = createGather<string, void>(LIMITS, { keysOf: (eventKey) => [eventKey] }, async (eventKeys) => {
    await sendText(encodeHrTicket(eventKeys));
    return eventKeys.map(() => undefined);
  });
  return { send, sendBatch: (name) => sendText(encodeHrBatchMessage(name)) };
}
