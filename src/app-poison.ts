import type { AuditTrail } from './audit/trail.ts';
import type { Config } from './config/config.ts';
import type { createRecordHrPoison } from './hr/sweep-hr-events.ts';
import type { Clock } from './platform/clock.ts';
import type { createLeaveForNewer } from './requests/leave-for-newer.ts';
import type { createOpenMessage } from './requests/open-message.ts';
import { createReadRequestPoison, toReceived } from './requests/poison/read-poison.ts';
import { createRecordPoison } from './requests/poison/record-poison.ts';
import { createSweepPoison, type PoisonReader } from './requests/poison/sweep-poison.ts';
import type { RequestStore, WorkQueue } from './requests/store.ts';
import type { StorageClients } from './storage/clients.ts';
import { QUEUES } from './storage/names.ts';
import { createPoisonQueue } from './storage/queues/work-queue.ts';

interface Deps {
  readonly config: Config;
  readonly storage: StorageClients;
  readonly requestStore: RequestStore;
  readonly workQueue: WorkQueue;
  readonly audit: AuditTrail;
  readonly openMessage: ReturnType<typeof createOpenMessage>;
  readonly orgIds: readonly string[];
  readonly leaveForNewer: ReturnType<typeof createLeaveForNewer>;
  readonly recordHrPoison: ReturnType<typeof createRecordHrPoison>;
  readonly clock: Clock;
  readonly instance: string;
}

/** What the Functions host gave up on, wired by hand: a part of `app.ts`. */
export function createPoisonApp(deps: Deps) {
  const { config, storage, requestStore, workQueue, audit, openMessage, clock, instance } = deps;
  const { leaveForNewer, recordHrPoison } = deps;
  const recordPoison = createRecordPoison({
    ...{ requestStore, workQueue, openMessage, audit },
    ...{ policy: config.retry, clock, instance },
  });
  const recordOrLeave = leaveForNewer(QUEUES.licenseRequests, (received, { id, insertedAt }, log) =>
    recordPoison(received, id, insertedAt ?? clock(), log),
  );
  const recordHrOrLeave = leaveForNewer(QUEUES.hrEvents, (received, _delivery, log) =>
    recordHrPoison(received, log),
  );
  const toReader = (name: string, reads: Pick<PoisonReader, 'take' | 'giveUp'>): PoisonReader => {
    return { name, queue: createPoisonQueue(storage, name), ...reads };
  };
  /** What it names is in the tables, and the sweep finds it there. */
  const namesOnly = (name: string): PoisonReader['take'] => {
    return async ({ delivery }, log) => log.warn('poison-dropped', { queue: name, messageId: delivery.id });
  };
  return createSweepPoison({
    readers: [
      toReader(
        QUEUES.licenseRequestsPoison,
        createReadRequestPoison({
          ...{ requestStore, recordPoison: recordOrLeave },
          ...{ orgIds: deps.orgIds, clock, instance },
        }),
      ),
      toReader(QUEUES.hrEventsPoison, {
        take: ({ text, delivery }, log) => recordHrOrLeave(toReceived(text), delivery, log),
        giveUp: namesOnly(QUEUES.hrEventsPoison),
      }),
      toReader(QUEUES.inventoryRunsPoison, {
        take: namesOnly(QUEUES.inventoryRunsPoison),
        giveUp: namesOnly(QUEUES.inventoryRunsPoison),
      }),
    ],
    checkTables: () => requestStore.read('reachable'),
    clock,
  });
}
