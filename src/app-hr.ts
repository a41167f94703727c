import type { Config } from './config/config.ts';
import { createApplyHrEvent } from './hr/apply.ts';
import { createAskHr } from './hr/ask-hr.ts';
import { createSweepHrBatches } from './hr/batches.ts';
import { createHrCheck, createHrPolicyCheck } from './hr/check.ts';
import { createImportEmployees } from './hr/import-employees.ts';
import { createListHrEvents } from './hr/list-hr-events.ts';
import { createReceiveHrEvent } from './hr/receive.ts';
import { createResolveEmployee } from './hr/resolve.ts';
import { createRecordHrPoison, createSweepHrEvents } from './hr/sweep-hr-events.ts';
import type { Clock } from './platform/clock.ts';
import { createPurgePart } from './platform/purge.ts';
import { createPolicyCheck, createPolicySource } from './policy/policy-source.ts';
import type { RequestStore, WorkQueue } from './requests/store.ts';
import { createBlobHrBatches } from './storage/blobs/hr-batches.ts';
import { createBlobPolicy } from './storage/blobs/policy.ts';
import type { StorageClients } from './storage/clients.ts';
import { hrBatchWork, hrEventWork } from './storage/queues/work-messages.ts';
import { createWorkQueue } from './storage/queues/work-queue.ts';
import { createTableEmployees, createTableHrEvents } from './storage/tables/hr-records.ts';

interface Deps {
  readonly config: Config;
  readonly storage: StorageClients;
  readonly requestStore: RequestStore;
  readonly workQueue: WorkQueue;
  readonly clock: Clock;
  /** So that `clock` has the time of storage. */
  readonly measureClock: () => Promise<void>;
  readonly sleep: (delayMs: number) => Promise<void>;
  readonly instance: string;
}

/** What HR says, wired by hand: a part of `app.ts`. */
export function createHrApp(deps: Deps) {
  const { config, storage, requestStore, workQueue, clock, measureClock, sleep, instance } = deps;
  const { hrSources: sources } = config;
  const events = createTableHrEvents(storage, config.retentionMs);
  const employees = createTableEmployees(storage);
  const hrWorkQueue = {
    send: createWorkQueue(storage, hrEventWork),
    sendBatch: createWorkQueue(storage, hrBatchWork),
  };
  const batches = createBlobHrBatches(storage);
  const policies = createBlobPolicy(storage);
  return {
    receiveHrEvent: createReceiveHrEvent({
      ...{ sources, events, batches, workQueue: hrWorkQueue },
      ...{ clock, measureClock },
    }),
    applyHrEvent: createApplyHrEvent({
      sources,
      events,
      batches,
      hrWorkQueue,
      employees,
      resolve: createResolveEmployee(createAskHr(sleep)),
      policy: createPolicySource({ store: policies, clock }),
      requestStore,
      workQueue,
      clock,
      instance,
    }),
    sweepHrEvents: createSweepHrEvents({ events, workQueue: hrWorkQueue, clock }),
    sweepHrBatches: createSweepHrBatches({ batches, workQueue: hrWorkQueue, clock }),
    purgeHrEvents: createPurgePart('hr-events', events.purge, clock),
    recordHrPoison: createRecordHrPoison({ events, policy: config.retry, clock }),
    hrEvents: createListHrEvents({ events }),
    checkHr: createHrCheck({ sources, events }),
    checkPolicy: createHrPolicyCheck(sources, createPolicyCheck(policies)),
    importEmployees: createImportEmployees({ sources, employees, events, workQueue: hrWorkQueue }),
  };
}
