import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { createInsight } from '../../src/inventory/insight/insight.ts';
import { createReadRequestFacts } from '../../src/inventory/insight/request-facts.ts';
import { toRunFolder } from '../../src/inventory/publish/paths.ts';
import { createPublish } from '../../src/inventory/publish/publish.ts';
import { createSendAlerts } from '../../src/inventory/publish/publish-alerts.ts';
import { toBlockName } from '../../src/inventory/run/blocks.ts';
import { createKeepAssignments } from '../../src/inventory/run/keep-assignments.ts';
import { newRun } from '../../src/inventory/run/run.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import { createBlobAssignments } from '../../src/storage/blobs/assignments.ts';
import { createBlobHistory } from '../../src/storage/blobs/history.ts';
import { createBlobRuns } from '../../src/storage/blobs/runs.ts';
import { createBlobSnapshots } from '../../src/storage/blobs/snapshots.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { createInventoryAlerts } from '../../src/storage/queues/inventory-alerts.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createParts } from '../parts.ts';
import { createMortal } from './mortal.ts';

/** Publishing on real storage, killed before each of its writes and done again, as the next delivery does. */
let azurite: Azurite;
let storage: StorageClients;
const started = createParts();
beforeAll(async () => {
  azurite = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString: azurite.connectionString });
  await (await storage.queue(QUEUES.inventoryAlerts)).createIfNotExists();
}, 30_000);

const log = { info: () => undefined, warn: () => undefined };
const limits = { freeUnits: 0, percentUsed: 90, daysLeft: 0 };
const at = (day: number) => new Date(Date.UTC(2026, 10, day, 5));

/** A run that has read its catalogue and who holds its one license, and is to be published. */
async function readRun(runId: string, day: number, people: readonly string[]): Promise<string> {
  const runs = createBlobRuns(storage);
  const asked = newRun(runId, { trigger: 'timer', force: false }, at(day), 'org');
  const blocks: [number, number][] = [[1, 1]];
  const rows = people.map(
    (personId) => `${JSON.stringify({ licenseId: 'pool', licenseName: 'Pool', personId })}\n`,
  );
  const member = gzipSync(rows.join(''));
  const listing = {
    license: 0,
    pages: 1,
    rows: people.length,
    bytes: member.length,
    isDone: true,
    blocks,
  };
  const run = { ...asked, session: 1, readStartedAt: at(day), listings: [listing] };
  const total = {
    id: 'pool',
    name: 'Pool',
    subscriptionId: 'Sub1',
    totalUnits: 3,
    consumedUnits: people.length,
  };
  await runs.writeCatalogue(runId, [total]);
  const path = `${toRunFolder(run)}/assignments.ndjson.gz`;
  await createBlobAssignments(storage).stage(path, toBlockName(0, 1, 0), member);
  await runs.begin(run, await runs.current());
  return runId;
}

/** All that comes after reading, with the process dying at its n-th write. */
function createPublisher(dieAt = Number.POSITIVE_INFINITY) {
  const { mortal, writes } = createMortal(dieAt);
  const snapshots = createBlobSnapshots(storage);
  const blobs = createBlobAssignments(storage);
  const lines = createBlobHistory(storage);
  const queue = createInventoryAlerts(storage);
  const alerts = { ...queue, write: mortal(queue.write), send: mortal(queue.send) };
  const history = { ...lines, append: mortal(lines.append) };
  const stored = createBlobRuns(storage);
  const runs = { ...stored, replace: mortal(stored.replace) };
  const store = {
    ...snapshots,
    writeOnce: mortal(snapshots.writeOnce),
    write: mortal(snapshots.write),
    replaceOlder: mortal(snapshots.replaceOlder),
  };
  const assignments = { ...blobs, stage: mortal(blobs.stage), commit: mortal(blobs.commit) };
  const keepAssignments = createKeepAssignments({ runs, store, assignments, clock: () => at(26) });
  const publish = createPublish({
    runs,
    store,
    readInsight: createInsight({ history, alerts, limits }),
    readRequests: createReadRequestFacts(createTableRequestStore(storage, 86_400_000)),
  });
  return async (runId: string) => {
    const run = await runs.read(runId);
    if (run === undefined) throw new Error('no run');
    const kept = await keepAssignments(run, await runs.readCatalogue(runId), () => false);
    await publish(kept, at(26));
    await createSendAlerts(alerts)('org', log);
    return writes();
  };
}

async function takeAlerts(): Promise<readonly string[]> {
  const queue = await storage.queue(QUEUES.inventoryAlerts);
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageId, popReceipt } of receivedMessageItems)
    await queue.deleteMessage(messageId, popReceipt);
  return receivedMessageItems.map(({ messageText }) => messageText);
}
const text = async (path: string) =>
  (await (await storage.container(CONTAINERS.inventory)).getBlobClient(path).downloadToBuffer()).toString(
    'utf8',
  );

test('a run that is killed at any write is published whole when it is gone on with, and says nothing twice', async () => {
  await createPublisher()(await readRun('first', 20, ['a']));
  expect(await takeAlerts()).toEqual([]);
  const requestStore = createTableRequestStore(storage, 86_400_000);
  const addRequest = async (requestId: string) => {
    const request = licenseRequestSchema.parse({
      person: { email: 'a@example.com' },
      licenses: [{ license: 'Pool' }],
    });
    await requestStore.add([acceptRequest(requestId, request, { at: at(21), instance: 'test' })]);
  };

  const writes = await createPublisher()(await readRun('whole', 21, ['b', 'c', 'd']));
  expect(writes).toBeGreaterThan(18);
  expect(new Set(await takeAlerts()).size).toBe(1);

  // Up and down in turn: each of these runs crosses the limit, and differs from the one before it.
  let previousRun = 'whole';
  for (let dieAt = 1; dieAt <= writes; dieAt += 1) {
    const isUp = dieAt % 2 === 0;
    const runId = `killed-${dieAt}`;
    await readRun(runId, 21, isUp ? ['b', 'c', 'd'] : ['a']);
    await expect(createPublisher(dieAt)(runId)).rejects.toThrow('killed');
    await addRequest(`meanwhile-${dieAt}`);
    await createPublisher()(runId);

    const [alert, ...others] = new Set(await takeAlerts());
    expect(others).toEqual([]);
    expect(JSON.parse(alert ?? '{}')).toMatchObject({
      type: `seatline.inventory.alert.${isUp ? 'raised' : 'cleared'}`,
      data: { runId },
    });
    expect(JSON.parse(await text('v1/org/latest/manifest.json'))).toMatchObject({ runId, previousRun });
    const change = isUp ? 2 : -2;
    const people = isUp ? { gained: 3, lost: 1 } : { gained: 1, lost: 3 };
    expect(JSON.parse(await text('v1/org/latest/diff.json')).licenses).toMatchObject([
      { consumedUnits: { change }, people },
    ]);
    expect(JSON.parse(await text('v1/org/alerts.json'))).toMatchObject({ runId, unsent: [] });
    previousRun = runId;
  }
  const lines = (await text('v1/org/history/2026-11.ndjson')).trim().split('\n');
  const runIds = lines.map((line) => JSON.parse(line).runId);
  expect(runIds).toHaveLength(2 + writes);
  expect(new Set(runIds).size).toBe(runIds.length);
}, 120_000);
