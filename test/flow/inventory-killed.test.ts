import { beforeAll, expect, test } from '@jest/globals';
import { startAzurite } from '../../infra/local/azurite.ts';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { generateOrganization } from '../../infra/local/webex/generated-organization.ts';
import { give, take } from '../../infra/local/webex/organization.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createInsight } from '../../src/inventory/insight/insight.ts';
import { createSendAlerts } from '../../src/inventory/insight/publish-alerts.ts';
import { toOrgId } from '../../src/inventory/publish/paths.ts';
import type { WorkDeps } from '../../src/inventory/run/work-on-run.ts';
import { createBlobAssignments } from '../../src/storage/blobs/assignments.ts';
import { createBlobHistory } from '../../src/storage/blobs/history.ts';
import { createBlobPeople } from '../../src/storage/blobs/people.ts';
import { createBlobRuns } from '../../src/storage/blobs/runs.ts';
import { createBlobSnapshots } from '../../src/storage/blobs/snapshots.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { createInventoryAlerts } from '../../src/storage/queues/inventory-alerts.ts';
import { createParts } from '../parts.ts';
import { createClient, createInventoryParts, silent, toMessage } from './inventory-parts.ts';
import { createMortal } from './mortal.ts';

/** A run on real storage, killed before each of its writes and done again, as the next delivery does. */
let storage: StorageClients;
let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  const { connectionString } = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString });
  await (await storage.queue(QUEUES.inventoryAlerts)).createIfNotExists();
  const createOrganization = () => generateOrganization({ people: 6, licenses: 4, seed: 5 });
  simulator = await started(startWebexSimulator({ token: LOCAL_TOKEN, createOrganization }));
});

const licenseOf = (name: string) => {
  const found = [...simulator.organization().licenses.values()].find((license) => license.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
/** Everybody has it, or one person alone: in turn, that crosses the limit of the alert and back. */
function setHolders(isFull: boolean): { gained: number; lost: number } {
  const license = licenseOf('Advanced Messaging');
  const counts = { gained: 0, lost: 0 };
  for (const [index, person] of [...simulator.organization().people.values()].entries()) {
    const isToHave = isFull || index === 0;
    if (isToHave === person.licenses.has(license.id)) continue;
    (isToHave ? give : take)(simulator.organization(), person, license.id);
    counts[isToHave ? 'gained' : 'lost'] += 1;
  }
  return counts;
}

/** The parts of a process that dies at its n-th write. */
function createProcess(dieAt = Number.POSITIVE_INFINITY) {
  const { mortal, writes } = createMortal(dieAt);
  const snapshots = createBlobSnapshots(storage);
  const assignments = createBlobAssignments(storage);
  const people = createBlobPeople(storage);
  const lines = createBlobHistory(storage);
  const queue = createInventoryAlerts(storage);
  const runs = createBlobRuns(storage);
  const alerts = { ...queue, write: mortal(queue.write), send: mortal(queue.send) };
  const history = { ...lines, append: mortal(lines.append) };
  const limits = { freeUnits: 0, percentUsed: 90, daysLeft: 0 };
  const changes: Partial<WorkDeps> = {
    runs: { ...runs, replace: mortal(runs.replace), writeCatalogue: mortal(runs.writeCatalogue) },
    store: {
      ...snapshots,
      writeOnce: mortal(snapshots.writeOnce),
      write: mortal(snapshots.write),
      replaceOlder: mortal(snapshots.replaceOlder),
    },
    people: { ...people, write: mortal(people.write), removeOthers: mortal(people.removeOthers) },
    assignments: { ...assignments, stage: mortal(assignments.stage), commit: mortal(assignments.commit) },
    readInsight: createInsight({ history, alerts, limits }),
    sendAlerts: createSendAlerts(alerts),
  };
  return { ...createInventoryParts(storage, createClient(simulator), changes), writes };
}

async function takeAlerts(): Promise<readonly string[]> {
  const queue = await storage.queue(QUEUES.inventoryAlerts);
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageId, popReceipt } of receivedMessageItems)
    await queue.deleteMessage(messageId, popReceipt);
  return receivedMessageItems.map(({ messageText }) => messageText);
}
const readText = async (path: string, container: string = CONTAINERS.inventory) => {
  const blob = (await storage.container(container)).getBlobClient(path);
  return (await blob.downloadToBuffer()).toString('utf8');
};

test('a run that is killed at any write is published whole when it is gone on with, and says nothing twice', async () => {
  const org = toOrgId([...simulator.organization().licenses.values()].map(({ id, name }) => ({ id, name })));
  licenseOf('Advanced Messaging').totalUnits = 6;
  setHolders(false);
  await createProcess().run();
  expect(await takeAlerts()).toEqual([]);
  setHolders(true);
  const whole = createProcess();
  let previousRun = (await whole.run()).runId;
  expect(whole.writes()).toBeGreaterThan(25);
  expect(new Set(await takeAlerts()).size).toBe(1);

  for (let dieAt = 1; dieAt <= whole.writes(); dieAt += 1) {
    // Up and down in turn: each of these runs crosses the limit, and differs from the one before it.
    const isUp = dieAt % 2 === 0;
    const change = setHolders(isUp);
    const dying = createProcess(dieAt);
    const runId = await dying.begin();
    await expect(dying.work(toMessage(runId), silent)).rejects.toThrow('killed');
    await createProcess().work(toMessage(runId), silent);

    const [alert, ...others] = new Set(await takeAlerts());
    expect(others).toEqual([]);
    expect(JSON.parse(alert ?? '{}')).toMatchObject({
      type: `seatline.inventory.alert.${isUp ? 'raised' : 'cleared'}`,
      data: { runId },
    });
    expect(JSON.parse(await readText(`v1/${org}/latest/manifest.json`))).toMatchObject({
      runId,
      previousRun,
    });
    const { licenses } = JSON.parse(await readText(`v1/${org}/latest/diff.json`));
    expect(licenses.find(({ name }: { name: string }) => name === 'Advanced Messaging')).toMatchObject({
      people: change,
    });
    const snapshots = await Promise.all(
      ['latest', 'previous'].map((which) => readText(`v1/${org}/${which}.json`, CONTAINERS.people)),
    );
    expect(snapshots.map((text) => JSON.parse(text).runId)).toEqual([runId, previousRun]);
    expect(JSON.parse(await readText(`v1/${org}/alerts.json`))).toMatchObject({ runId, unsent: [] });
    previousRun = runId;
  }
  const month = new Date().toISOString().slice(0, 7);
  const lines = (await readText(`v1/${org}/history/${month}.ndjson`)).trim().split('\n');
  const runIds = lines.map((line) => `${JSON.parse(line).runId} ${JSON.parse(line).licenseId}`);
  expect(runIds).toHaveLength((2 + whole.writes()) * simulator.organization().licenses.size);
  expect(new Set(runIds).size).toBe(runIds.length);
});
