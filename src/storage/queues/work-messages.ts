import { encodeHrBatchMessage, encodeHrWorkMessage, MAX_EVENTS_PER_MESSAGE } from '../../hr/hr-event.ts';
import { encodeInventoryRunMessage } from '../../inventory/schemas/files.ts';
import {
  encodeWorkMessage,
  MAX_REQUESTS_PER_MESSAGE,
  type WorkTarget,
} from '../../requests/queue-message.ts';
import { QUEUES } from '../names.ts';

/** The app's own messages on the queue `license-requests`: what is sent at once stands in few of them. */
export const requestWork = {
  queue: QUEUES.licenseRequests,
  encode: encodeWorkMessage,
  maxItems: MAX_REQUESTS_PER_MESSAGE,
  keyOf: ({ requestId }: WorkTarget) => requestId,
};

/** The messages of the queue `hr-events`: a burst of events has few, since the sender waits for them. */
export const hrEventWork = {
  queue: QUEUES.hrEvents,
  encode: encodeHrWorkMessage,
  maxItems: MAX_EVENTS_PER_MESSAGE,
  keyOf: (eventKey: string) => eventKey,
};
export const hrBatchWork = {
  queue: QUEUES.hrEvents,
  encode: ([batch]: readonly [string, ...string[]]) => encodeHrBatchMessage(batch),
};

/** The messages of the queue `inventory-runs`. */
export const inventoryRunWork = {
  queue: QUEUES.inventoryRuns,
  encode: ([runId]: readonly [string, ...string[]]) => encodeInventoryRunMessage(runId),
};
