import {
  encodeHrBatchMessage,
  encodeHrWorkMessage,
  type HrWork,
  MAX_EVENTS_PER_MESSAGE,
} from '../../hr/queue-message.ts';
import { encodeInventoryRunMessage } from '../../inventory/schemas/run-message.ts';
import { encodeJobMessage } from '../../platform/jobs.ts';
import {
  encodeWorkMessage,
  MAX_REQUESTS_PER_MESSAGE,
  type WorkTarget,
} from '../../requests/queue-message.ts';
import { QUEUES } from '../names.ts';

/** The work messages of the queue `license-requests`. Requests that are sent at the same time share a message. */
export const requestWork = {
  queue: QUEUES.licenseRequests,
  encode: encodeWorkMessage,
  maxItems: MAX_REQUESTS_PER_MESSAGE,
  keyOf: ({ requestId }: WorkTarget) => requestId,
};

/**
 * The messages of the queue `hr-events`. A burst of events shares few, since the sender waits for the answer; and what they
 * cause begins once the burst is answered.
 */
export const hrEventWork = {
  queue: QUEUES.hrEvents,
  encode: encodeHrWorkMessage,
  maxItems: MAX_EVENTS_PER_MESSAGE,
  sendsAtOnce: 2,
  sharedDelaySeconds: 1,
  keyOf: (work: HrWork) => Object.values(work).join(),
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

/** The messages of the queue `jobs`. */
export const jobWork = {
  queue: QUEUES.jobs,
  encode: ([jobId]: readonly [string, ...string[]]) => encodeJobMessage(jobId),
};
