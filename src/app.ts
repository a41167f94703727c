import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAttestRetention } from './audit/attest-retention.ts';
import { verifyAudit } from './audit/verify-day.ts';
import { parseConfig } from './config/config.ts';
import { createHealth } from './http/health.ts';
import { createClockSkew } from './platform/clock-skew.ts';
import type { Log } from './platform/log.ts';
import { once } from './platform/once.ts';
import { createPurgePart } from './platform/purge.ts';
import { runParts } from './platform/run-parts.ts';
import { createStorageClock } from './platform/storage-clock.ts';
import { createCancel } from './requests/cancel.ts';
import { createLeaveForNewer } from './requests/leave-for-newer.ts';
import { createListRequests } from './requests/list-requests.ts';
import { createOpenMessage } from './requests/open-message.ts';
import { createReadRequest } from './requests/read-request.ts';
import { createRedrive } from './requests/redrive.ts';
import { createSubmit } from './requests/submit.ts';
import { createSweep } from './requests/sweep.ts';
import { createBlobAuditFiles, createBlobAuditTrail } from './storage/blobs/audit-trail.ts';
import { createStorageChecks } from './storage/checks.ts';
import { createStorageClients } from './storage/clients.ts';
import { QUEUES } from './storage/names.ts';
import { requestWork } from './storage/queues/work-messages.ts';
import { createQueueMessages, createWorkQueue } from './storage/queues/work-queue.ts';
import { createTableIdempotencyKeys } from './storage/tables/idempotency-keys.ts';
import { createTableRequestStore } from './storage/tables/request-store.ts';
import { toWebexId } from './webex/webex-id.ts';

/**
 * The whole application, wired by hand.
 * @throws {ConfigError} naming each setting to correct
 */
export function createApp(environment: Readonly<Record<string, string | undefined>>) {
  const config = parseConfig(environment);
  const instanceMs = () => Date.now();
  const storageClock = createStorageClock(instanceMs);
  const clock = storageClock.now;
  const newId = () => randomUUID();
  const instance = config.instance ?? newId().slice(0, 8);

  const storage = createStorageClients(config.storage, storageClock.learn);
  const requestStore = createTableRequestStore(storage, config.retentionMs);
  const checks = createStorageChecks(storage, requestStore);
  const { guard, ...skew } = createClockSkew({ storageClock, instanceMs, askStorage: checks.requestStore });
  const workQueue = { send: createWorkQueue(storage, requestWork) };
  const keys = createTableIdempotencyKeys({ storage, retentionMs: config.retentionMs, requestStore });
  const writer = `${instance}-${newId().slice(0, 8)}`;
  const audit = createBlobAuditTrail({ storage, clock, writer });
  const auditFiles = createBlobAuditFiles(storage);
  const { auditRetentionDays: retentionDays } = config;
  const attestAudit = createAttestRetention({
    files: auditFiles,
    attestations: auditFiles,
    retentionDays,
    clock,
  });

  const orgIds = config.webex.orgIds.map((id) => toWebexId('ORGANIZATION', id));
  const leaveForNewer = createLeaveForNewer({ messages: createQueueMessages(storage), clock });

  // Loaded when first called: each start would wait for them, and a process that takes requests needs none of them.
  const worker = once(async () => {
    const { createWorkerApp } = await import('./app-worker.ts');
    return createWorkerApp({
      ...{ config, storage, requestStore, messages: workQueue, audit, openMessage },
      ...{ clock, random: Math.random, sleep, newId, instance },
    });
  });
  const hr = once(async () => {
    const { createHrApp } = await import('./app-hr.ts');
    return createHrApp({
      ...{ config, storage, requestStore, workQueue, clock, sleep, instance },
      measureClock: skew.measure,
    });
  });
  const inventory = once(async () => {
    const { createInventoryApp } = await import('./app-inventory.ts');
    const { webex, warning } = await worker();
    return createInventoryApp({ config, storage, requestStore, webex, warning, clock, newId });
  });
  const ownOrg = via(worker, (part) => part.ownOrg);
  const callsWithin = via(worker, (part) => part.callsWithin);
  const openMessage = createOpenMessage({ requestStore, orgIds, ownOrg, clock, instance });

  const poison = once(async () => {
    const { createPoisonApp } = await import('./app-poison.ts');
    const recordHrPoison = via(hr, (part) => part.recordHrPoison);
    return createPoisonApp({
      ...{ config, storage, requestStore, workQueue, audit },
      ...{ openMessage, orgIds, leaveForNewer, recordHrPoison, clock, instance },
    });
  });

  /** Due work comes first: housekeeping never holds it up. */
  const sweepParts = {
    'due-requests': guard(createSweep({ requestStore, workQueue, callsWithin, clock, instance })),
    'hr-batches': guard(via(hr, (part) => part.sweepHrBatches)),
    'hr-events': guard(via(hr, (part) => part.sweepHrEvents)),
    'webex-access': via(worker, (part) => part.reportAccess),
    'waiting-for-seats': guard(via(worker, (part) => part.wakeWaitingForSeats)),
    'inventory-runs': guard(via(inventory, (part) => part.sweepInventoryRuns)),
    'poison-queues': guard(via(poison, (sweepPoison) => sweepPoison)),
    'purge-requests': guard(createPurgePart('requests', requestStore.purge, clock)),
    'purge-hr-events': guard(via(hr, (part) => part.purgeHrEvents)),
    'purge-idempotency-keys': guard(createPurgePart('idempotency-keys', keys.purge, clock)),
    'purge-seat-pools': guard(via(worker, (part) => part.purgeSeatPools)),
    'audit-retention': guard(attestAudit),
  };

  return {
    submit: createSubmit({ requestStore, workQueue, keys, orgIds, ownOrg, clock, newId, instance }),
    readRequest: createReadRequest({ requestStore }),
    listRequests: createListRequests({ requestStore, orgIds }),
    cancel: createCancel({ requestStore, audit, clock, instance }),
    redrive: createRedrive({ requestStore, workQueue, clock, instance }),
    receiveHrEvent: via(hr, (part) => part.receiveHrEvent),
    applyHrEvent: guard(
      leaveForNewer(QUEUES.hrEvents, async (message, _delivery, log) =>
        (await hr()).applyHrEvent(message, log),
      ),
    ),
    hrEvents: { read: via(hr, (part) => part.hrEvents.read), list: via(hr, (part) => part.hrEvents.list) },
    importEmployees: via(hr, (part) => part.importEmployees),
    perform: guard(
      leaveForNewer(QUEUES.licenseRequests, async (message, { id }, log) =>
        (await worker()).handleMessage(message, id, log),
      ),
    ),
    verifyAudit: (day: string) => verifyAudit(auditFiles, day),
    startInventoryRun: via(inventory, (part) => part.startInventoryRun),
    inventoryHttp: {
      start: via(inventory, (part) => part.inventoryHttp.start),
      read: via(inventory, (part) => part.inventoryHttp.read),
    },
    workOnInventoryRun: guard(
      leaveForNewer(QUEUES.inventoryRuns, async (message, _delivery, log) =>
        (await inventory()).workOnInventoryRun(message, log),
      ),
    ),
    sweep: (log: Log) => runParts(sweepParts, log),
    health: createHealth({
      ledger: checks.requestStore,
      queue: checks.queue,
      blobs: checks.blobs,
      clock: skew.check,
      hr: via(hr, (part) => part.checkHr),
      policy: via(hr, (part) => part.checkPolicy),
      webex: via(worker, (part) => part.checkWebex),
    }),
  };
}

export type App = ReturnType<typeof createApp>;

/** A function of a part that is loaded by then. */
const via =
  <Part, A extends readonly unknown[], T>(
    load: () => Promise<Part>,
    pick: (part: Part) => (...args: A) => T | Promise<T>,
  ) =>
  async (...args: A): Promise<T> =>
    pick(await load())(...args);
