import { QUEUES } from '../contract/names.ts';
import { encodeTicket, MAX_TICKET_REQUESTS } from '../contract/queue-message.ts';
import type { Tickets, TicketTarget } from '../ledger/ledger.ts';
import type { StorageClients } from './clients.ts';
import { createGather } from './gather.ts';
import { reach } from './reach.ts';

/** Storage queues keep a message for a week unless they are told otherwise. */
const NEVER_EXPIRES = -1;
const LIMITS = { maxSize: MAX_TICKET_REQUESTS, callsAtOnce: 8 };

interface Ticket {
  readonly target: TicketTarget;
  readonly delaySeconds: number;
}

/** The queue `license-requests`. What is sent at the same time, to be seen at the same time, has one message. */
export function createQueueTickets(storage: StorageClients): Tickets {
  const send = createGather<Ticket, void>(
    LIMITS,
    { keysOf: ({ target }) => [target.requestId] },
    async (tickets) => {
      await Promise.all([...byDelay(tickets)].map(([delaySeconds, some]) => sendOne(some, delaySeconds)));
      return tickets.map(() => undefined);
    },
  );
  return { send: (target, delayMs) => send({ target, delaySeconds: Math.ceil(delayMs / 1_000) }) };

  async function sendOne(targets: readonly TicketTarget[], delaySeconds: number): Promise<void> {
    const queue = await storage.queue(QUEUES.licenseRequests);
    await reach(
      'tickets.send',
      () => queue.createIfNotExists(),
      () =>
        queue.sendMessage(encodeTicket(targets), {
          visibilityTimeout: delaySeconds,
          messageTimeToLive: NEVER_EXPIRES,
        }),
    );
  }
}

function byDelay(tickets: readonly Ticket[]): ReadonlyMap<number, readonly TicketTarget[]> {
  const groups = new Map<number, TicketTarget[]>();
  for (const { target, delaySeconds } of tickets) {
    const group = groups.get(delaySeconds) ?? [];
    groups.set(delaySeconds, group);
    group.push(target);
  }
  return groups;
}
