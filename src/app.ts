import { createGround, type Environment } from './app-ground.ts';
import { createAttestRetention } from './audit/attest-retention.ts';
import { verifyAudit } from './audit/verify-day.ts';
import type { FindDrift } from './hr/drift/find-drift.ts';
import type { StartRepair } from './hr/drift/start-repair.ts';
import { HR_MESSAGE_VERSION } from './hr/queue-message.ts';
import { checkHealth } from './http/health.ts';
import type { Log } from './platform/log.ts';
import { once } from './platform/once.ts';
import { createPurgePart } from './platform/purge.ts';
import { runParts } from './platform/run-parts.ts';
import { createCancel } from './requests/cancel.ts';
import { createCancelBatch } from './requests/cancel-batch.ts';
import { createListRequests } from './requests/list-requests.ts';
import { createOpenMessage } from './requests/open-message.ts';
import { createReadBatch } from './requests/read-batch.ts';
import { createReadRequest } from './requests/read-request.ts';
import { createRedrive } from './requests/redrive.ts';
import { createSubmit } from './requests/submit.ts';
import { createSweep } from './requests/sweep.ts';
import { UNDO } from './requests/undo/undo-kind.ts';
import { createBlobAuditFiles } from './storage/blobs/audit-trail.ts';
import { QUEUES } from './storage/names.ts';
import { createTableIdempotencyKeys } from './storage/tables/idempotency-keys.ts';

/**
 * The composition root: the functions of the app, each with its dependencies.
 * @throws {ConfigError} naming each invalid setting
 */
export function createApp(environment: Environment) {
  const ground = createGround(environment);
  const { config, storage, requestStore, checks, workQueue, audit, orgIds, clock, newId, instance } = ground;
  const { leaveForNewer } = ground;
  const { guard, check: checkClock } = ground.skew;
  const keys = createTableIdempotencyKeys({ storage, retentionMs: config.retentionMs, requestStore });
  const auditFiles = createBlobAuditFiles(storage);

  // Each part is loaded at its first call: the intake needs none of them, and starts faster without.
  const worker = once(async () =>
    (await import('./app-worker.ts')).createWorkerApp(ground, await guardrails(), openMessage),
  );
  const ownOrg: () => Promise<string | undefined> = via(worker, (part) => part.ownOrg);
  const callsWithin: (ms: number) => Promise<number> = via(worker, (part) => part.callsWithin);
  const licenseName: (licenseId: string) => Promise<string | undefined> = via(
    worker,
    (part) => part.licenseName,
  );
  const guardrails = once(async () =>
    (await import('./app-guardrails.ts')).createGuardrailsApp(ground, { ownOrg, callsWithin, licenseName }),
  );
  const readCatalogue = via(worker, (part) => part.readCatalogue);
  const readKnownCatalogue = via(worker, (part) => part.readKnownCatalogue);
  const findAtWebex = via(worker, (part) => part.findAtWebex);
  const countNumbersLeft = via(worker, (part) => part.countNumbersLeft);
  const inventory = once(async () =>
    (await import('./app-inventory.ts')).createInventoryApp(ground, await worker(), {
      findDrift,
      startRepair,
    }),
  );
  const names = once(async () =>
    (await import('./app-names.ts')).createNamesApp(ground, {
      licensesSince: via(worker, (part) => part.licensesSince),
      locationsSince: via(worker, (part) => part.locations.since),
    }),
  );
  const preview = once(async () =>
    (await import('./app-preview.ts')).createPreviewApp(ground, await worker(), await guardrails()),
  );
  const readInSnapshot = via(inventory, (part) => part.readInSnapshot);
  const readPeopleSnapshot = via(inventory, (part) => part.readPeopleSnapshot);
  const forecastPeople = via(guardrails, (part) => part.forecastPeople);
  const hr = once(async () =>
    (await import('./app-hr.ts')).createHrApp(
      ground,
      { readCatalogue, findAtWebex, countNumbersLeft, readInSnapshot, readPeopleSnapshot },
      forecastPeople,
      { [UNDO]: via(undo, (part) => part.workOnUndo) },
    ),
  );
  const undo = once(async () =>
    (await import('./app-undo.ts')).createUndoApp(ground, { readKnownCatalogue, ownOrg, forecastPeople }),
  );
  const findDrift: FindDrift = via(hr, (part) => part.findDrift);
  const startRepair: StartRepair = via(hr, (part) => part.startRepair);
  const poison = once(async () => {
    const recordHrPoison = via(hr, (part) => part.recordHrPoison);
    return (await import('./app-poison.ts')).createPoisonApp(ground, { openMessage, recordHrPoison });
  });
  const api = once(async () => (await import('./app-api.ts')).createApiApp());
  const openMessage = createOpenMessage({ requestStore, orgIds, ownOrg, clock, instance });

  const { redriveRequest, redriveMatching } = createRedrive({ requestStore, workQueue, clock, instance });
  const isPaused = via(guardrails, (part) => part.isPaused);
  const readPause = via(guardrails, (part) => part.readLatestPause);
  const sweepDueRequests = createSweep({
    ...{ requestStore, workQueue, callsWithin, isPaused, clock, instance },
  });
  const { auditRetentionDays: retentionDays } = config;
  const attestAudit = createAttestRetention({
    files: auditFiles,
    attestations: auditFiles,
    retentionDays,
    clock,
  });

  /** Due work comes first: it never waits for housekeeping. */
  const sweepParts = {
    'due-requests': guard(sweepDueRequests),
    approvals: guard(via(guardrails, (part) => part.sweepApprovals)),
    'hr-batches': guard(via(hr, (part) => part.sweepHrBatches)),
    'hr-events': guard(via(hr, (part) => part.sweepHrEvents)),
    people: guard(via(hr, (part) => part.sweepPeople)),
    reevaluation: guard(via(hr, (part) => part.reevaluate)),
    jobs: guard(via(hr, (part) => part.sweepJobs)),
    ...(config.adoptOnFirstRun && {
      'first-adoption': guard(via(hr, (part) => part.beginFirstAdoption)),
    }),
    'webex-access': via(worker, (part) => part.reportAccess),
    'waiting-for-seats': guard(via(worker, (part) => part.wakeWaitingForSeats)),
    numbers: guard(via(worker, (part) => part.sweepNumbers)),
    'inventory-runs': guard(via(inventory, (part) => part.sweepInventoryRuns)),
    'poison-queues': guard(via(poison, (part) => part.sweepPoison)),
    'purge-requests': guard(createPurgePart('requests', requestStore.purge, clock)),
    'purge-hr-events': guard(via(hr, (part) => part.purgeHrEvents)),
    'purge-hr-people': guard(via(hr, (part) => part.purgeHrPeople)),
    'purge-policy-versions': guard(via(hr, (part) => part.purgePolicyVersions)),
    'purge-idempotency-keys': guard(createPurgePart('idempotency-keys', keys.purge, clock)),
    'purge-seat-pools': guard(via(worker, (part) => part.purgeSeatPools)),
    'audit-retention': guard(attestAudit),
  };
  const healthChecks = {
    ledger: checks.requestStore,
    queue: checks.queue,
    blobs: checks.blobs,
    clock: checkClock,
    hr: via(hr, (part) => part.checkHr),
    policy: via(hr, (part) => part.checkPolicy),
    webex: via(worker, (part) => part.checkWebex),
    guardrails: via(guardrails, (part) => part.check),
  };
  const applyHrEvent = via(hr, (part) => part.applyHrEvent);
  const handleMessage = via(worker, (part) => part.handleMessage);
  const workOnJob = via(hr, (part) => part.workOnJob);
  const workOnInventoryRun = via(inventory, (part) => part.workOnInventoryRun);

  return {
    submit: createSubmit({
      ...{ requestStore, workQueue, keys, orgIds, ownOrg, clock, newId, instance },
      forecastRemovals: via(guardrails, (part) => part.forecastRemovals),
      checkNames: via(names, (part) => part.checkNames),
    }),
    preview: via(preview, (part) => part.preview),
    readRequest: createReadRequest({ requestStore }),
    readBatch: createReadBatch({ requestStore, readPause }),
    listRequests: createListRequests({ requestStore, orgIds, readPause }),
    cancel: createCancel({ requestStore, workQueue, audit, clock, instance }),
    cancelBatch: createCancelBatch({ requestStore, workQueue, audit, clock, instance }),
    redriveRequest,
    redriveMatching,
    listApprovals: via(guardrails, (part) => part.listApprovals),
    decideCause: via(guardrails, (part) => part.decideCause),
    decideOne: via(guardrails, (part) => part.decideOne),
    readPause: via(guardrails, (part) => part.showPause),
    setPause: via(guardrails, (part) => part.setPause),
    perform: guard(
      leaveForNewer(QUEUES.licenseRequests, (message, { id }, log) => handleMessage(message, id, log)),
    ),
    receiveHrEvent: via(hr, (part) => part.receiveHrEvent),
    applyHrEvent: guard(
      leaveForNewer(
        QUEUES.hrEvents,
        (message, _delivery, log) => applyHrEvent(message, log),
        HR_MESSAGE_VERSION,
      ),
    ),
    readHrEvent: via(hr, (part) => part.readHrEvent),
    listHrEvents: via(hr, (part) => part.listHrEvents),
    showPolicy: via(hr, (part) => part.showPolicy),
    setReevaluation: via(hr, (part) => part.setReevaluation),
    startPlan: via(hr, (part) => part.startPlan),
    readPlan: via(hr, (part) => part.readPlan),
    readPlanPeople: via(hr, (part) => part.readPlanPeople),
    removePlan: via(hr, (part) => part.removePlan),
    startUndo: via(undo, (part) => part.startUndo),
    readUndo: via(undo, (part) => part.readUndo),
    readUndoChanges: via(undo, (part) => part.readUndoChanges),
    stopUndo: via(undo, (part) => part.stopUndo),
    startAdoption: via(hr, (part) => part.startAdoption),
    readAdoption: via(hr, (part) => part.readAdoption),
    readAdoptionPeople: via(hr, (part) => part.readAdoptionPeople),
    removeAdoption: via(hr, (part) => part.removeAdoption),
    reclaim: via(hr, (part) => part.reclaim),
    workOnJob: guard(leaveForNewer(QUEUES.jobs, (message, _delivery, log) => workOnJob(message, log))),
    importEmployees: via(hr, (part) => part.importEmployees),
    startInventoryRun: via(inventory, (part) => part.startInventoryRun),
    requestInventoryRun: via(inventory, (part) => part.requestInventoryRun),
    readInventoryRun: via(inventory, (part) => part.readInventoryRun),
    readInventoryFile: via(inventory, (part) => part.readInventoryFile),
    listLocations: via(preview, (part) => part.listLocations),
    showDrift: via(inventory, (part) => part.showDrift),
    listDrift: via(inventory, (part) => part.listDrift),
    listLicenses: via(inventory, (part) => part.listLicenses),
    readLicense: via(inventory, (part) => part.readLicense),
    listLicenseUsers: via(inventory, (part) => part.listLicenseUsers),
    readPerson: via(hr, (part) => part.readPerson),
    listEmployees: via(hr, (part) => part.listEmployees),
    readEmployee: via(hr, (part) => part.readEmployee),
    forgetEmployee: via(hr, (part) => part.forgetEmployee),
    listOverrides: via(hr, (part) => part.listOverrides),
    clearOverrides: via(hr, (part) => part.clearOverrides),
    workOnInventoryRun: guard(
      leaveForNewer(QUEUES.inventoryRuns, (message, _delivery, log) => workOnInventoryRun(message, log)),
    ),
    verifyAudit: (day: string) => verifyAudit(auditFiles, day),
    readOpenApi: via(api, (part) => part.readOpenApi),
    listSchemas: via(api, (part) => part.listSchemas),
    readSchema: via(api, (part) => part.readSchema),
    sweep: (log: Log) => runParts(sweepParts, log),
    health: () => checkHealth(healthChecks),
  };
}

export type { OperationName } from './app-api.ts';
export type App = ReturnType<typeof createApp>;

/** A function of a part that its first call loads. */
const via =
  <Part, A extends readonly unknown[], T>(
    load: () => Promise<Part>,
    pick: (part: Part) => (...args: A) => T | Promise<T>,
  ) =>
  async (...args: A): Promise<T> =>
    pick(await load())(...args);
