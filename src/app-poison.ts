import type { Ground } from './app-ground.ts';
import { HR_MESSAGE_VERSION } from './hr/queue-message.ts';
import type { createRecordHrPoison } from './hr/sweep-hr-events.ts';
import type { createOpenMessage } from './requests/open-message.ts';
import { createReadRequestPoison, toReceived } from './requests/poison/read-poison.ts';
import { createRecordPoison } from './requests/poison/record-poison.ts';
import { createSweepPoison, type PoisonReader } from './requests/poison/sweep-poison.ts';
import { QUEUES } from './storage/names.ts';
import { createPoisonQueue } from './storage/queues/work-queue.ts';

interface Handlers {
  readonly openMessage: ReturnType<typeof createOpenMessage>;
  readonly recordHrPoison: ReturnType<typeof createRecordHrPoison>;
}

/** The part of the app that reads the poison queues. */
export function createPoisonApp(ground: Ground, { openMessage, recordHrPoison }: Handlers) {
  const { config, requestStore, workQueue, audit, orgIds, leaveForNewer, clock, instance } = ground;
  const recordPoison = createRecordPoison({
    ...{ requestStore, workQueue, openMessage, audit },
    ...{ policy: config.retry, clock, instance },
  });
  const recordRequest = leaveForNewer(QUEUES.licenseRequests, (received, { id, insertedAt }, log) =>
    recordPoison(received, id, insertedAt ?? clock(), log),
  );
  const recordHrEvent = leaveForNewer(
    QUEUES.hrEvents,
    (received, _delivery, log) => recordHrPoison(received, log),
    HR_MESSAGE_VERSION,
  );
  /** The work of the message is in tables and blobs, where the sweep finds it. */
  const drop =
    (name: string): PoisonReader['recover'] =>
    async ({ delivery }, log) =>
      log.warn('poison-dropped', { queue: name, messageId: delivery.id });
  const toReader = (name: string, handlers: Partial<PoisonReader>): PoisonReader => {
    const queue = createPoisonQueue(ground.storage, name);
    return { name, queue, recover: drop(name), giveUp: drop(name), ...handlers };
  };
  const readers = [
    toReader(
      QUEUES.licenseRequestsPoison,
      createReadRequestPoison({ requestStore, recordPoison: recordRequest, orgIds, clock, instance }),
    ),
    toReader(QUEUES.hrEventsPoison, {
      recover: ({ text, delivery }, log) => recordHrEvent(toReceived(text), delivery, log),
    }),
    toReader(QUEUES.inventoryRunsPoison, {}),
    toReader(QUEUES.jobsPoison, {}),
  ];
  return { sweepPoison: createSweepPoison({ readers, checkTables: ground.checks.requestStore, clock }) };
}
