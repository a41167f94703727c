import { setTimeout as delay } from 'node:timers/promises';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { toNotComputed } from '../../src/hr/drift/drift.ts';
import { createInsight } from '../../src/inventory/insight/insight.ts';
import { createSendAlerts } from '../../src/inventory/insight/publish-alerts.ts';
import { createReadRequestFacts } from '../../src/inventory/insight/request-facts.ts';
import { createStartRun } from '../../src/inventory/run/start-run.ts';
import { createWorkOnRun, type WorkDeps } from '../../src/inventory/run/work-on-run.ts';
import { createBlobAssignments } from '../../src/storage/blobs/assignments.ts';
import { createBlobHistory } from '../../src/storage/blobs/history.ts';
import { createBlobPeople } from '../../src/storage/blobs/people.ts';
import { createBlobRuns, createInventoryLock } from '../../src/storage/blobs/runs.ts';
import { createBlobSnapshots } from '../../src/storage/blobs/snapshots.ts';
import type { StorageClients } from '../../src/storage/clients.ts';
import { createInventoryAlerts } from '../../src/storage/queues/inventory-alerts.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createTransport, type Transport } from '../../src/webex/transport.ts';

export const silent = { info: () => undefined, warn: () => undefined };
export const toMessage = (runId: string) => ({ version: 1, runId });

/** The next run is another one, whatever became of the last. */
const newId = () => crypto.randomUUID();

/** A Webex client of the simulator that waits for nothing. @param wire between the two */
export function createClient(
  { apiUrl }: WebexSimulator,
  wire: (transport: Transport) => Transport = (it) => it,
) {
  const tokens = createStaticToken(LOCAL_TOKEN);
  const transport = createTransport({ apiUrl, tokens, timeoutMs: 5_000, clock: () => new Date(), newId });
  return createWebexClient({ transport: wire(transport), apiUrl, sleep: () => delay(1) });
}

/** The app's own parts of the inventory on real storage, with what a test needs to change. */
export function createInventoryParts(
  storage: StorageClients,
  webex: WorkDeps['webex'],
  changes: Partial<WorkDeps> = {},
) {
  const clock = () => new Date();
  const runs = createBlobRuns(storage);
  const sent: { runId: string; delayMs: number }[] = [];
  const workQueue = {
    send: async (runId: string, delayMs: number) => {
      sent.push({ runId, delayMs });
    },
  };
  const alerts = createInventoryAlerts(storage);
  const limits = { freeUnits: 0, percentUsed: 95, daysLeft: 30 };
  const people = createBlobPeople(storage);
  const work = createWorkOnRun({
    webex,
    keep: 'all',
    runs,
    people,
    store: createBlobSnapshots(storage),
    assignments: createBlobAssignments(storage),
    readInsight: createInsight({ history: createBlobHistory(storage), alerts, limits }),
    readRequests: createReadRequestFacts({
      requestStore: createTableRequestStore(storage, 86_400_000),
      clock,
    }),
    sendAlerts: createSendAlerts(alerts),
    findDrift: async () => toNotComputed('no-policy', 'No policy is in force.'),
    startRepair: async () => {},
    workQueue,
    exclusively: createInventoryLock(storage),
    clock,
    warning: async () => undefined,
    budgetMs: 60_000,
    retentionMs: 86_400_000,
    ...changes,
  });
  const startRun = createStartRun({ runs, workQueue, clock, newId });
  return {
    ...{ runs, sent, people, work, startRun },
    async begin(force = false): Promise<string> {
      return (await startRun({ trigger: 'request', force }, silent)).run.runId;
    },
    /** Begins a run, and works on it until it ends or waits. */
    async run(force = false) {
      const { run } = await startRun({ trigger: 'request', force }, silent);
      for (let state = 'queued'; state === 'queued'; ) {
        await work(toMessage(run.runId), silent);
        state = (await runs.read(run.runId))?.state ?? 'gone';
      }
      const ended = await runs.read(run.runId);
      if (ended === undefined) throw new Error('the run is gone');
      return ended;
    },
  };
}
