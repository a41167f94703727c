import type { Ground } from './app-ground.ts';
import { createApplyHrEvent } from './hr/apply.ts';
import { createAskHr } from './hr/ask-hr.ts';
import { createSweepHrBatches } from './hr/batches.ts';
import { createHrCheck, createHrPolicyCheck } from './hr/check.ts';
import { createImportEmployees } from './hr/import-employees.ts';
import { createListHrEvents } from './hr/list-hr-events.ts';
import { createReceiveHrEvent } from './hr/receive.ts';
import { createResolveEmployee } from './hr/resolve.ts';
import { createRecordHrPoison, createSweepHrEvents } from './hr/sweep-hr-events.ts';
import { createPurgePart } from './platform/purge.ts';
import { createPolicyCheck, createPolicySource } from './policy/policy-source.ts';
import { createBlobHrBatches } from './storage/blobs/hr-batches.ts';
import { createBlobPolicy } from './storage/blobs/policy.ts';
import { hrBatchWork, hrEventWork } from './storage/queues/work-messages.ts';
import { createWorkQueue } from './storage/queues/work-queue.ts';
import { createTableEmployees, createTableHrEvents } from './storage/tables/hr-records.ts';

/** The HR part of the app: webhooks, HR events, employees. */
export function createHrApp({ config, storage, requestStore, workQueue, clock, skew, ...ground }: Ground) {
  const { hrSources: sources } = config;
  const events = createTableHrEvents(storage, config.retentionMs);
  const employees = createTableEmployees(storage);
  const hrWorkQueue = {
    send: createWorkQueue(storage, hrEventWork),
    sendBatch: createWorkQueue(storage, hrBatchWork),
  };
  const batches = createBlobHrBatches(storage);
  const policies = createBlobPolicy(storage);
  const { list, read } = createListHrEvents({ events });
  return {
    receiveHrEvent: createReceiveHrEvent({
      ...{ sources, events, batches, workQueue: hrWorkQueue },
      ...{ clock, measureClock: skew.measure },
    }),
    applyHrEvent: createApplyHrEvent({
      ...{ sources, events, batches, hrWorkQueue, employees },
      resolve: createResolveEmployee(createAskHr(ground.sleep)),
      policy: createPolicySource({ store: policies, clock }),
      ...{ requestStore, workQueue, clock, instance: ground.instance },
    }),
    sweepHrEvents: createSweepHrEvents({ events, workQueue: hrWorkQueue, clock }),
    sweepHrBatches: createSweepHrBatches({ batches, workQueue: hrWorkQueue, clock }),
    purgeHrEvents: createPurgePart('hr-events', events.purge, clock),
    recordHrPoison: createRecordHrPoison({ events, policy: config.retry, clock }),
    listHrEvents: list,
    readHrEvent: read,
    checkHr: createHrCheck({ sources, events }),
    checkPolicy: createHrPolicyCheck(sources, createPolicyCheck(policies)),
    importEmployees: createImportEmployees({ sources, employees, events, workQueue: hrWorkQueue }),
  };
}
