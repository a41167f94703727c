import type { Log } from '../platform/log.ts';
import { hrWorkMessageSchema } from './hr-event.ts';
import type { HrEvents, StoredHrEvent } from './hr-events.ts';

/** The stored events that a message of the queue `hr-events` stands for. */
export async function openHrMessage(
  events: Pick<HrEvents, 'read'>,
  received: unknown,
  log: Log,
): Promise<readonly StoredHrEvent[]> {
  const ticket = hrWorkMessageSchema.safeParse(received);
  const records = ticket.success ? await Promise.all(ticket.data.eventKeys.map(events.read)) : [undefined];
  const known = records.filter((record) => record !== undefined);
  if (known.length < records.length) log.warn('hr-ticket-unknown');
  return known;
}
