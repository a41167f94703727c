import { encodeHrBatchMessage, encodeHrTicket, MAX_HR_TICKET_EVENTS } from '../../hr/hr-event.ts';
import { encodeInventoryTicket } from '../../inventory/schemas/files.ts';
import { encodeTicket, MAX_TICKET_REQUESTS, type TicketTarget } from '../../requests/queue-message.ts';
import { QUEUES } from '../names.ts';

/** The app's own messages on the queue `license-requests`: what is sent at once stands in few of them. */
export const requestWork = {
  queue: QUEUES.licenseRequests,
  encode: encodeTicket,
  maxItems: MAX_TICKET_REQUESTS,
  keyOf: ({ requestId }: TicketTarget) => requestId,
};

/** The messages of the queue `hr-events`: a burst of events has few, since the sender waits for them. */
export const hrEventWork = {
  queue: QUEUES.hrEvents,
  encode: encodeHrTicket,
  maxItems: MAX_HR_TICKET_EVENTS,
  keyOf: (eventKey: string) => eventKey,
};
export const hrBatchWork = {
  queue: QUEUES.hrEvents,
  encode: ([batch]: readonly [string, ...string[]]) => encodeHrBatchMessage(batch),
};

/** The messages of the queue `inventory-runs`. */
export const inventoryRunWork = {
  queue: QUEUES.inventoryRuns,
  encode: ([runId]: readonly [string, ...string[]]) => encodeInventoryTicket(runId),
};
