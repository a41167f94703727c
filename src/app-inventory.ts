import type { Ground } from './app-ground.ts';
import { createDriftDoors } from './inventory/drift-doors.ts';
import { createInventoryHttp } from './inventory/http.ts';
import { createInsight } from './inventory/insight/insight.ts';
import { createSendAlerts } from './inventory/insight/publish-alerts.ts';
import { createReadRequestFacts } from './inventory/insight/request-facts.ts';
import { createReadDoors } from './inventory/read-doors.ts';
import { createReadFile } from './inventory/read-file.ts';
import { createStartRun, createSweepRuns } from './inventory/run/start-run.ts';
import { createWorkOnRun, INVOCATION_BUDGET_MS, type WorkDeps } from './inventory/run/work-on-run.ts';
import { createBlobAssignments } from './storage/blobs/assignments.ts';
import { createBlobHistory } from './storage/blobs/history.ts';
import { createBlobPeople } from './storage/blobs/people.ts';
import { createBlobRuns, createInventoryLock } from './storage/blobs/runs.ts';
import { createBlobSnapshots } from './storage/blobs/snapshots.ts';
import { createInventoryAlerts } from './storage/queues/inventory-alerts.ts';
import { inventoryRunWork } from './storage/queues/work-messages.ts';
import { createWorkQueue } from './storage/queues/work-queue.ts';
import type { Catalogue } from './webex/catalogue.ts';
import type { WebexClient } from './webex/client.ts';
import type { AccessTokens } from './webex/tokens/token-source.ts';

interface WebexAccess {
  readonly webex: WebexClient;
  readonly catalogue: Pick<Catalogue, 'licenses'>;
  readonly warning: AccessTokens['warning'];
}

/** The inventory part of the app: runs, and the blobs that they publish. */
export function createInventoryApp(
  { config, storage, requestStore, clock, newId }: Ground,
  { webex, catalogue, warning }: WebexAccess,
  drift: Pick<WorkDeps, 'findDrift' | 'startRepair'>,
) {
  const runs = createBlobRuns(storage);
  const workQueue = { send: createWorkQueue(storage, inventoryRunWork) };
  const alerts = createInventoryAlerts(storage);
  const history = createBlobHistory(storage);
  const people = createBlobPeople(storage);
  const store = createBlobSnapshots(storage);
  const startRun = createStartRun({ runs, workQueue, clock, newId });
  const http = createInventoryHttp({ runs, startRun });
  return {
    startInventoryRun: startRun,
    requestInventoryRun: http.start,
    readInventoryRun: http.read,
    readInventoryFile: createReadFile({ store, runs }),
    ...createDriftDoors({ store, people, runs }),
    ...createReadDoors({ catalogue, people, runs }),
    sweepInventoryRuns: createSweepRuns({ runs, workQueue, clock }),
    workOnInventoryRun: createWorkOnRun({
      webex,
      keep: config.inventoryAssignments,
      runs,
      store,
      people,
      assignments: createBlobAssignments(storage),
      readInsight: createInsight({ history, alerts, limits: config.alertLimits }),
      readRequests: createReadRequestFacts({ requestStore, clock }),
      sendAlerts: createSendAlerts(alerts),
      workQueue,
      exclusively: createInventoryLock(storage),
      clock,
      warning,
      ...drift,
      budgetMs: INVOCATION_BUDGET_MS,
      retentionMs: config.retentionMs,
    }),
  };
}
