import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { generateListings, toMadeUpHolders } from '../../infra/local/webex/generated-listings.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createInsight } from '../../src/inventory/insight/insight.ts';
import { createReadRequestFacts } from '../../src/inventory/insight/request-facts.ts';
import { toOrgId, toRunFolder } from '../../src/inventory/publish/paths.ts';
import { createSendAlerts } from '../../src/inventory/publish/publish-alerts.ts';
import { createStartRun } from '../../src/inventory/run/start-run.ts';
import { createWorkOnRun, type WorkDeps } from '../../src/inventory/run/work-on-run.ts';
import { createBlobAssignments } from '../../src/storage/blobs/assignments.ts';
import { createBlobHistory } from '../../src/storage/blobs/history.ts';
import { createBlobRuns, createInventoryLock } from '../../src/storage/blobs/runs.ts';
import { createBlobSnapshots } from '../../src/storage/blobs/snapshots.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createInventoryAlerts } from '../../src/storage/queues/inventory-alerts.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createTransport } from '../../src/webex/transport.ts';
import { createParts } from '../parts.ts';
import { until } from './until.ts';

/** Runs that are stopped and killed on the way: what they have read at the end, and how often they asked for it. */
const LICENSES = 20;
const KILLS = 20;
/** Eight licenses at once, a checkpoint being written, and one being gathered. */
const MAX_NOT_WRITTEN_DOWN = 8 + 64 + 64;
let assignments = 30_000;
let azurite: Azurite;
let storage: StorageClients;
let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  azurite = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString: azurite.connectionString });
  const createOrganization = () => generateListings({ licenses: LICENSES, assignments, seed: 7 });
  simulator = await started(startWebexSimulator({ token: LOCAL_TOKEN, latencyMs: 5, createOrganization }));
}, 60_000);
beforeEach(() => simulator.reset());

const silent = { info: () => undefined, warn: () => undefined };
/** The next run is another one, whatever became of the last. */
const newId = () => crypto.randomUUID();

/** The app's own parts, with what a test needs to change. */
function createInventory(changes: Partial<WorkDeps> = {}) {
  const clock = () => new Date();
  const runs = createBlobRuns(storage);
  const sent: { runId: string; delayMs: number }[] = [];
  const workQueue = {
    send: async (runId: string, delayMs: number) => {
      sent.push({ runId, delayMs });
    },
  };
  const tokens = createStaticToken(LOCAL_TOKEN);
  const { apiUrl } = simulator;
  const transport = createTransport({ apiUrl, tokens, timeoutMs: 5_000, clock, newId });
  const { licenses } = createWebexClient({ transport, apiUrl, sleep: () => delay(1) });
  const alerts = createInventoryAlerts(storage);
  const limits = { freeUnits: 0, percentUsed: 95, daysLeft: 30 };
  const work = createWorkOnRun({
    licenses,
    keep: 'all',
    runs,
    store: createBlobSnapshots(storage),
    assignments: createBlobAssignments(storage),
    readInsight: createInsight({ history: createBlobHistory(storage), alerts, limits }),
    readRequests: createReadRequestFacts(createTableRequestStore(storage, 86_400_000)),
    sendAlerts: createSendAlerts(alerts),
    workQueue,
    exclusively: createInventoryLock(storage),
    clock,
    warning: async () => undefined,
    budgetMs: 60_000,
    retentionMs: 86_400_000,
    ...changes,
  });
  return { runs, sent, licenses, work, startRun: createStartRun({ runs, workQueue, clock, newId }) };
}

const begin = async ({ startRun }: ReturnType<typeof createInventory>) =>
  (await startRun({ trigger: 'request', force: true }, silent)).run.runId;
const pages = () => simulator.requests().filter(({ query }) => query.includeAssignedTo === 'user');
const toPage = ({ path, query }: { path: string; query: Readonly<Record<string, string>> }) =>
  `${path} ${query.next ?? 'first'}`;
const ticketFor = (runId: string) => ({ version: 1, runId });

/** The file a run has to leave: who holds what, in the order of the catalogue and of Webex's pages. */
const expectedText = () =>
  [...simulator.organization().licenses.values()]
    .flatMap(({ id: licenseId, name: licenseName, madeUpHolders = 0 }) =>
      toMadeUpHolders(madeUpHolders, 0, madeUpHolders).map(({ id: personId, email, displayName, type }) =>
        JSON.stringify({ licenseId, licenseName, personId, email, displayName, type }),
      ),
    )
    .map((line) => `${line}\n`)
    .join('');
const pageCount = () =>
  [...simulator.organization().licenses.values()]
    .map(({ madeUpHolders = 0 }) => Math.max(1, Math.ceil(madeUpHolders / 300)))
    .reduce((sum, count) => sum + count, 0);

async function textOf(runId: string): Promise<string> {
  const container = await storage.container(CONTAINERS.assignments);
  for await (const { name } of container.listBlobsFlat()) {
    if (name.endsWith(`_${runId}/assignments.ndjson.gz`))
      return gunzipSync(await container.getBlobClient(name).downloadToBuffer()).toString();
  }
  return '';
}
async function readManifest(runId: string): Promise<{ warnings: string[] }> {
  const container = await storage.container(CONTAINERS.inventory);
  for await (const { name } of container.listBlobsFlat()) {
    if (name.endsWith(`_${runId}/manifest.json`))
      return JSON.parse((await container.getBlobClient(name).downloadToBuffer()).toString());
  }
  throw new Error('no manifest');
}
/** Too long to be shown where it differs. */
const isWhole = async (runId: string) => (await textOf(runId)) === expectedText();

describe('an inventory run', () => {
  test('asks for each page once, and holds each row once', async () => {
    const parts = createInventory();
    const runId = await begin(parts);
    await parts.work(ticketFor(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete', isLatest: true });
    expect(pages()).toHaveLength(pageCount());
    expect(await isWhole(runId)).toBe(true);
  });

  test('whose listing falls short of what the catalogue counts is never complete', async () => {
    const parts = createInventory();
    const last = [...simulator.organization().licenses.values()].at(3);
    const body = { id: last?.id, consumedByUsers: last?.madeUpHolders, users: toMadeUpHolders(300, 0, 300) };
    simulator.script({ path: `/licenses/${last?.id}`, effect: { kind: 'status', status: 200, body } });
    const runId = await begin(parts);
    await parts.work(ticketFor(runId), silent);
    const run = await parts.runs.read(runId);
    expect(run).toMatchObject({ state: 'partial', isLatest: false });
    expect((await readManifest(runId)).warnings).toEqual([
      expect.stringContaining('of its people are missing'),
    ]);
  });

  test('leaves out holders without an id, says so, and publishes the rest', async () => {
    const parts = createInventory();
    const [first] = simulator.organization().licenses.values();
    if (!first) throw new Error('no license');
    const users = toMadeUpHolders(2, 0, 2).map(({ id: _none, ...user }) => user);
    const body = { ...first, consumedByUsers: 2, users: [...users.slice(1), ...toMadeUpHolders(1, 0, 1)] };
    const path = `/licenses/${first.id}`;
    simulator.script({ path, effect: { kind: 'status', status: 200, body } });
    const runId = await begin(parts);
    await parts.work(ticketFor(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete', isLatest: true });
    const manifest = await readManifest(runId);
    expect(manifest.warnings).toEqual([expect.stringContaining('1 of those who hold Advanced Messaging 0')]);
  });

  test('whose page lacks its rows is partial: the license is named, and the others are read', async () => {
    const parts = createInventory();
    const [first] = simulator.organization().licenses.values();
    const effect = { kind: 'status', status: 200, body: { id: first?.id } } as const;
    simulator.script({ path: `/licenses/${first?.id}`, times: 4, effect });
    const runId = await begin(parts);
    await parts.work(ticketFor(runId), silent);
    const run = await parts.runs.read(runId);
    expect(run).toMatchObject({ state: 'partial', isLatest: false });
    expect(run?.listings?.map(({ failure }) => failure).filter(Boolean)).toEqual([
      'Webex: listing-unreadable (200)',
    ]);
  });

  test(`whose time is over at ${KILLS} random pages goes on after them, and asks for no page twice`, async () => {
    let stopAfter = Number.POSITIVE_INFINITY;
    const startedAt = Date.now();
    const clock = () => new Date(startedAt + (pages().length >= stopAfter ? 3_600_000 : 0));
    const parts = createInventory({ clock, budgetMs: 1_000 });
    const runId = await begin(parts);
    let sessions = 0;
    for (let state = 'queued'; state === 'queued' || state === 'reading'; ) {
      sessions += 1;
      const step = 1 + Math.floor(Math.random() * (pageCount() / KILLS / 2));
      stopAfter = sessions > KILLS ? Number.POSITIVE_INFINITY : pages().length + step;
      await parts.work(ticketFor(runId), silent);
      state = (await parts.runs.read(runId))?.state ?? 'gone';
    }
    expect(sessions).toBeGreaterThan(5);
    const asked = pages().map(toPage);
    expect(asked).toHaveLength(new Set(asked).size);
    expect(asked).toHaveLength(pageCount());
    expect(await isWhole(runId)).toBe(true);
  });

  test('is worked on by one at a time: the second leaves, and has somebody look again', async () => {
    const [first, second] = [createInventory(), createInventory()];
    const runId = await begin(first);
    await Promise.all([first.work(ticketFor(runId), silent), second.work(ticketFor(runId), silent)]);
    expect([...first.sent, ...second.sent]).toEqual([
      { runId, delayMs: 0 },
      { runId, delayMs: 60_000 },
    ]);
    expect(await first.runs.read(runId)).toMatchObject({ state: 'complete', session: 1 });
    expect(pages()).toHaveLength(pageCount());
  });

  test('is whole even where two believe that they hold it', async () => {
    const exclusively: WorkDeps['exclusively'] = (run) => run(new AbortController().signal);
    const parts = createInventory({ exclusively });
    const runId = await begin(parts);
    const logged: string[] = [];
    const log = { ...silent, warn: (event: string) => void logged.push(event) };
    await Promise.all([parts.work(ticketFor(runId), log), parts.work(ticketFor(runId), log)]);
    await parts.work(ticketFor(runId), silent);
    expect(logged).toContain('inventory-run-lost');
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete' });
    expect(await isWhole(runId)).toBe(true);
  });

  test('waits where Webex does not answer, and goes on at that page', async () => {
    const parts = createInventory();
    const runId = await begin(parts);
    const effect = { kind: 'status' as const, status: 503 };
    const [license] = simulator.organization().licenses.values();
    simulator.script({ path: `/licenses/${license?.id}`, skip: 2, times: 4, effect });
    await parts.work(ticketFor(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({
      state: 'waiting',
      reason: { condition: 'webex-unavailable' },
    });
    expect(parts.sent.at(-1)).toEqual({ runId, delayMs: 60_000 });
    await parts.work(ticketFor(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete' });
    expect(pages().filter(({ status }) => status === 200)).toHaveLength(pageCount());
    expect(await isWhole(runId)).toBe(true);
  });

  test('waits for as long as Webex says', async () => {
    const parts = createInventory();
    const runId = await begin(parts);
    simulator.script({ path: '/licenses', effect: { kind: 'status', status: 429, retryAfter: '600' } });
    await parts.work(ticketFor(runId), silent);
    expect(parts.sent.at(-1)).toEqual({ runId, delayMs: 600_000 });
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'waiting' });
    await parts.work(ticketFor(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete' });
  });

  test('ends partial where Webex refuses a license, says which, and leaves the latest', async () => {
    const parts = createInventory();
    const before = await latest();
    const runId = await begin(parts);
    const [license] = simulator.organization().licenses.values();
    const effect = { kind: 'status' as const, status: 404 };
    simulator.script({ path: `/licenses/${license?.id}`, skip: 1, effect });
    await parts.work(ticketFor(runId), silent);
    const run = await parts.runs.read(runId);
    expect(run).toMatchObject({ state: 'partial', isLatest: false });
    expect(await latest()).toEqual(before);
    const folder = run && toRunFolder(run);
    expect(await readJson(`${folder}/manifest.json`)).toMatchObject({
      status: 'partial',
      warnings: [`who holds ${license?.name} is not known in full: Webex: refused (404)`],
    });
    expect(await readJson(`${folder}/status.json`)).toMatchObject({ state: 'partial', runId });
  });

  test('fails at last, leaves the latest, and is gone on with when another one is asked for', async () => {
    const parts = createInventory();
    const before = await latest();
    const runId = await begin(parts);
    const [license] = simulator.organization().licenses.values();
    const effect = { kind: 'status' as const, status: 500 };
    simulator.script({ path: `/licenses/${license?.id}`, skip: 1, times: 1_000, effect });
    await parts.work(ticketFor(runId), silent);
    // The other licenses are read to their end first: as long as it gets on, it is not given up.
    for (let looks = 0; looks < 40 && (await parts.runs.read(runId))?.state === 'waiting'; looks += 1) {
      await parts.work(ticketFor(runId), silent);
    }
    const run = await parts.runs.read(runId);
    expect(run).toMatchObject({ state: 'failed', reason: { condition: 'webex-unavailable' } });
    expect(await latest()).toEqual(before);
    expect(await readJson(`v1/${run?.orgId}/status.json`)).toMatchObject({ runId, state: 'failed' });
    simulator.clearFaults();
    simulator.clearRequests();
    expect(await parts.startRun({ trigger: 'timer', force: false }, silent)).toMatchObject({
      kind: 'resumed',
      run: { runId },
    });
    await parts.work(ticketFor(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete', isLatest: true });
    expect(new Set(pages().map(({ path }) => path)).size).toBe(1);
    expect(await isWhole(runId)).toBe(true);
  });

  test('is published once, where it is killed between its manifest and the latest', async () => {
    const store = createBlobSnapshots(storage);
    let writes = 0;
    const replaceOlder: typeof store.replaceOlder = (...args) => {
      writes += 1;
      if (writes === 2) throw new Error('killed');
      return store.replaceOlder(...args);
    };
    const parts = createInventory({ store: { ...store, replaceOlder } });
    const runId = await begin(parts);
    await expect(parts.work(ticketFor(runId), silent)).rejects.toThrow('killed');
    await parts.work(ticketFor(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete', isLatest: true });
    const manifest = await latest();
    expect(manifest).toMatchObject({ runId });
    expect(manifest.previousRun).not.toBe(runId);
    expect(pages()).toHaveLength(pageCount());
  });

  test(`whose process is killed ${KILLS} times, at random pages, loses no row and has none twice`, async () => {
    assignments = 180_000;
    simulator.reset();
    const { runs } = createInventory();
    const lock = (await storage.container(CONTAINERS.inventoryRuns)).getBlobClient('lock');
    let kills = 0;
    let last = { code: 0 as number | null, out: '' };
    for (let isEnded = false; !isEnded; ) {
      const worker = startWorker();
      const target = pages().length + 21 + Math.floor(Math.random() * 10);
      if (kills < KILLS) {
        await until('pages', () => pages().length >= target || worker.hasEnded() || undefined, 30_000);
        worker.kill();
      }
      last = await worker.ended;
      isEnded = last.code === 0;
      if (isEnded) break;
      expect(kills).toBeLessThan(KILLS);
      kills += 1;
      // Time passes: whoever is dead holds nothing more.
      await lock.getBlobLeaseClient().breakLease(0).catch(ignoreNoLease);
    }
    const run = await runs.current();
    expect(run).toMatchObject({ state: 'complete' });
    expect(kills).toBe(KILLS);
    expect(await isWhole(run?.runId ?? '')).toBe(true);
    // Read again is what was under way, or not written down yet.
    expect(pages().length).toBeLessThanOrEqual(pageCount() + KILLS * MAX_NOT_WRITTEN_DOWN);
  }, 180_000);
});

async function readJson(path: string) {
  const blob = (await storage.container(CONTAINERS.inventory)).getBlobClient(path);
  return JSON.parse((await blob.downloadToBuffer()).toString());
}

async function latest() {
  const orgId = toOrgId(
    [...simulator.organization().licenses.values()].map(({ id, name }) => ({ id, name })),
  );
  return readJson(`v1/${orgId}/latest/manifest.json`);
}

/** Killed before it had the lease. */
function ignoreNoLease(error: { statusCode?: number }) {
  if (error.statusCode !== 409) throw error;
}

/** A process of the app's own code that works on the current run until it ends. */
function startWorker() {
  const file = fileURLToPath(new URL('../../build/local/inventory-process.js', import.meta.url));
  const args = [file, 'seatline', azurite.connectionString, simulator.apiUrl];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  let code: number | null | undefined;
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const ended = once(child, 'close').then(([exit]) => {
    code = exit;
    return { code: exit as number | null, out };
  });
  return { ended, hasEnded: () => code !== undefined, kill: () => child.kill('SIGKILL') };
}
