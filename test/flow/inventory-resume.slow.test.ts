import { createGunzip } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startAzurite } from '../../infra/local/azurite.ts';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { generatePeople } from '../../infra/local/webex/generated-listings.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { toOrgId } from '../../src/inventory/publish/paths.ts';
import type { WorkDeps } from '../../src/inventory/run/work-on-run.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';
import { createClient, createInventoryParts, silent, toMessage } from './inventory-parts.ts';

/** Runs that are stopped on the way: what they have read at the end, and how often they asked for it. */
const LICENSES = 2;
const PAGE = 1_000;
const PEOPLE = 60_000;
let storage: StorageClients;
let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  const { connectionString } = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString });
  const createOrganization = () => generatePeople(PEOPLE, LICENSES, 7);
  simulator = await started(startWebexSimulator({ token: LOCAL_TOKEN, latencyMs: 5, createOrganization }));
});
beforeEach(() => simulator.reset());

const start = (changes: Partial<WorkDeps> = {}) =>
  createInventoryParts(storage, createClient(simulator), changes);
const pages = () => simulator.requests().filter(({ path }) => path === '/people');
const pageCount = () => PEOPLE / PAGE;

/** Each row once: so many different ones. */
async function countRows(runId: string): Promise<{ rows: number; different: number }> {
  const container = await storage.container(CONTAINERS.assignments);
  const seen = new Set<string>();
  let rows = 0;
  for await (const { name } of container.listBlobsFlat()) {
    if (!name.endsWith(`_${runId}/assignments.ndjson.gz`)) continue;
    const { readableStreamBody } = await container.getBlobClient(name).download();
    let rest = '';
    for await (const chunk of readableStreamBody?.pipe(createGunzip()) ?? []) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { personId, licenseId } = JSON.parse(line);
        seen.add(`${personId.slice(-12)}${licenseId.slice(-12)}`);
        rows += 1;
      }
    }
  }
  return { rows, different: seen.size };
}
const isWhole = async (runId: string) => {
  const { rows, different } = await countRows(runId);
  return rows === PEOPLE * LICENSES && different === rows;
};
async function latest() {
  const licenses = [...simulator.organization().licenses.values()].map(({ id, name }) => ({ id, name }));
  const container = await storage.container(CONTAINERS.inventory);
  const blob = container.getBlobClient(`v1/${toOrgId(licenses)}/latest/manifest.json`);
  return JSON.parse((await blob.downloadToBuffer()).toString());
}

describe('an inventory run', () => {
  test('asks for each page once, and holds each row once', async () => {
    const run = await start().run();
    expect(run).toMatchObject({ state: 'complete', isLatest: true });
    expect(pages()).toHaveLength(pageCount());
    expect(await isWhole(run.runId)).toBe(true);
  });

  test('whose time is over at random pages goes on after them, and asks for no more than the page ahead again', async () => {
    let stopAfter = Number.POSITIVE_INFINITY;
    const startedAt = Date.now();
    const clock = () => new Date(startedAt + (pages().length >= stopAfter ? 3_600_000 : 0));
    const parts = start({ clock, budgetMs: 1_000 });
    const runId = await parts.begin();
    let sessions = 0;
    for (let state = 'queued'; state === 'queued'; sessions += 1) {
      stopAfter =
        sessions < 12 ? pages().length + 2 + Math.floor(Math.random() * 5) : Number.POSITIVE_INFINITY;
      await parts.work(toMessage(runId), silent);
      state = (await parts.runs.read(runId))?.state ?? 'gone';
    }
    expect(sessions).toBeGreaterThan(5);
    expect(await parts.runs.read(runId)).toMatchObject({
      state: 'complete',
      reading: { pages: pageCount() },
    });
    expect(pages().length).toBeLessThanOrEqual(pageCount() + sessions);
    expect(await isWhole(runId)).toBe(true);
  });

  test('is worked on by one at a time: the second leaves, and has somebody look again', async () => {
    const [first, second] = [start(), start()];
    const runId = await first.begin();
    await Promise.all([first.work(toMessage(runId), silent), second.work(toMessage(runId), silent)]);
    expect([...first.sent, ...second.sent]).toEqual([
      { runId, delayMs: 0 },
      { runId, delayMs: 60_000 },
    ]);
    expect(await first.runs.read(runId)).toMatchObject({ state: 'complete', session: 1 });
    expect(pages()).toHaveLength(pageCount());
  });

  test('is whole even where two believe that they hold it', async () => {
    const exclusively: WorkDeps['exclusively'] = (run) => run(new AbortController().signal);
    const parts = start({ exclusively });
    const runId = await parts.begin();
    const logged: string[] = [];
    const log = { ...silent, warn: (event: string) => void logged.push(event) };
    await Promise.all([parts.work(toMessage(runId), log), parts.work(toMessage(runId), log)]);
    await parts.work(toMessage(runId), silent);
    expect(logged).toContain('inventory-run-lost');
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete' });
    expect(await isWhole(runId)).toBe(true);
  });

  test('waits for as long as Webex says, also for its second look at the catalogue', async () => {
    for (const skip of [0, 1]) {
      const parts = start();
      const runId = await parts.begin();
      const effect = { kind: 'status' as const, status: 429, retryAfter: '600' };
      simulator.script({ path: '/licenses', skip, effect });
      await parts.work(toMessage(runId), silent);
      expect(parts.sent.at(-1)).toEqual({ runId, delayMs: 600_000 });
      expect(await parts.runs.read(runId)).toMatchObject({ state: 'waiting' });
      await parts.work(toMessage(runId), silent);
      expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete' });
    }
  });

  test('fails at last, leaves the latest, and is gone on with when another one is asked for', async () => {
    const parts = start();
    const before = await latest();
    const effect = { kind: 'status' as const, status: 500 };
    simulator.script({ path: '/people', skip: 30, times: 1_000, effect });
    const runId = await parts.begin();
    for (let looks = 0; looks < 40; looks += 1) await parts.work(toMessage(runId), silent);
    const run = await parts.runs.read(runId);
    expect(run).toMatchObject({ state: 'failed', reason: { condition: 'webex-unavailable' } });
    expect(await latest()).toEqual(before);
    simulator.clearFaults();
    expect(await parts.startRun({ trigger: 'timer', force: false }, silent)).toMatchObject({
      kind: 'resumed',
      run: { runId },
    });
    await parts.work(toMessage(runId), silent);
    expect(await parts.runs.read(runId)).toMatchObject({ state: 'complete', isLatest: true });
    expect(pages().filter(({ status }) => status === 200)).toHaveLength(pageCount());
    expect(await isWhole(runId)).toBe(true);
  });
});
