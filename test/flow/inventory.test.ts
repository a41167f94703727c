import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import * as z from 'zod';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY } from '../../infra/local/stack.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import {
  assignmentRowSchema,
  licensesFileSchema,
  manifestSchema,
  type RunStatus,
  runStatusSchema,
} from '../../src/inventory/schemas/files.ts';
import { INVENTORY_SCHEMAS } from '../../src/inventory/schemas/json-schemas.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** Inventory runs of the built app under the local host, as readers find them. */
let stack: AppStack;
let simulator: WebexSimulator;
const started = createParts();
beforeAll(async () => {
  stack = await started(startApp());
  simulator = stack.simulator;
});
beforeEach(() => simulator.reset());

const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
const start = async (body?: object) => {
  const response = await fetch(`${stack.apiUrl}/inventory/runs`, {
    method: 'POST',
    headers: { ...key, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const json = await response.json();
  return { status: response.status, location: response.headers.get('location') ?? '', body: json };
};
const look = async (location: string): Promise<RunStatus> => {
  const response = await fetch(`${stack.host.url}${location}`, { headers: key });
  return runStatusSchema.parse(await response.json());
};
const waitFor = (location: string, ...states: string[]): Promise<RunStatus> =>
  until(`${location} in ${states}`, async () => {
    const status = await look(location);
    return states.includes(status.state) ? status : undefined;
  });
const run = async (body?: object, ...states: string[]) => {
  const { status, location } = await start(body);
  expect(status).toBe(202);
  return waitFor(location, ...(states.length > 0 ? states : ['complete']));
};
const container = (name: string) =>
  createStorageClients({
    kind: 'connection-string',
    connectionString: stack.azurite.connectionString,
  }).container(name);
const blob = async (path: string, name: string = CONTAINERS.inventory) =>
  (await container(name)).getBlobClient(path);
const text = async (path: string) => (await (await blob(path)).downloadToBuffer()).toString('utf8');
const latestManifest = async (orgId = '') =>
  manifestSchema.parse(JSON.parse(await text(`v1/${orgId}/latest/manifest.json`)));
const assignmentsOf = async (folder = '') => {
  const bytes = await (
    await blob(`${folder}/assignments.ndjson.gz`, CONTAINERS.assignments)
  ).downloadToBuffer();
  const lines = gunzipSync(bytes).toString('utf8').trimEnd().split('\n');
  return { bytes, rows: lines.map((line) => assignmentRowSchema.parse(JSON.parse(line))) };
};

describe('an inventory run', () => {
  test('is begun over HTTP, and ends as files that its manifest describes', async () => {
    const status = await run();
    const manifest = await latestManifest(status.orgId);
    expect(manifest).toMatchObject({
      schemaVersion: 1,
      runId: status.runId,
      status: 'complete',
      warnings: [],
    });
    expect(status).toMatchObject({ isLatest: true, trigger: 'request', licenses: 18, licensesDone: 18 });
    expect(status.folder).toMatch(
      new RegExp(`^v1/${status.orgId}/\\d{4}/\\d\\d/\\d\\d/\\d\\d-\\d\\d-\\d\\dZ_${status.runId}$`),
    );
    for (const file of manifest.files) {
      const there = await blob(file.path, file.container);
      const bytes = await there.downloadToBuffer();
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
      expect(bytes.length).toBe(file.bytes);
      expect(await there.getProperties()).toMatchObject({
        contentType: file.contentType,
        cacheControl: `${file.container === CONTAINERS.assignments ? 'private' : 'public'}, max-age=31536000, immutable`,
      });
    }
    expect([manifest.scope, status.scope]).toEqual(['own-organization', 'own-organization']);
    const latest = await text(`v1/${status.orgId}/latest/licenses.json`);
    expect(await text(`${status.folder}/licenses.json`)).toBe(latest);
    expect(licensesFileSchema.parse(JSON.parse(latest)).licenses).toHaveLength(18);
    expect(await (await blob(`v1/${status.orgId}/latest/licenses.csv`)).getProperties()).toMatchObject({
      cacheControl: 'no-cache',
      contentType: expect.stringContaining('text/csv'),
    });
  });

  test('lists each license that each person holds', async () => {
    const { folder, rows: counted } = await run();
    const { rows } = await assignmentsOf(folder);
    const held = [...simulator.organization().people.values()].flatMap(
      ({ email, licenses, pendingLicenses }) =>
        [...licenses, ...pendingLicenses].map((id) => `${email} ${id}`),
    );
    expect(rows.map(({ email, licenseId }) => `${email} ${licenseId}`).sort()).toEqual(held.sort());
    expect(counted).toBe(held.length);
  });

  test('is begun by the timer too', async () => {
    const before = await run();
    await fetch(`${stack.host.url}/admin/functions/publish-inventory`, {
      method: 'POST',
      headers: { 'x-functions-key': LOCAL_MASTER_KEY, 'content-type': 'application/json' },
      body: '{}',
    });
    const manifest = await until('the run of the timer', async () => {
      const latest = await latestManifest(before.orgId);
      return latest.runId === before.runId ? undefined : latest;
    });
    expect(manifest.previousRun).toBe(before.runId);
    const status = await waitFor(`/api/inventory/runs/${manifest.runId}`, 'complete');
    expect(status).toMatchObject({ trigger: 'timer' });
  });

  test('is the only one: another is told which one is open', async () => {
    simulator.script({ path: '/licenses', effect: { kind: 'slow', delayMs: 500 } });
    const first = await start();
    const second = await start({ force: true });
    expect(second).toMatchObject({
      status: 409,
      location: first.location,
      body: { type: 'urn:seatline:problem:inventory-run-open' },
    });
    await waitFor(first.location, 'complete');
  });

  test('of a catalogue that is empty, or has lost over half, is refused unless it is forced', async () => {
    const before = await run();
    const { licenses } = simulator.organization();
    const ids = [...licenses.keys()];
    for (const [kept, condition] of [
      [8, 'catalogue-collapsed'],
      [0, 'catalogue-empty'],
    ] as const) {
      for (const id of ids.slice(kept)) licenses.delete(id);
      const refused = await run(undefined, 'refused');
      expect(refused.reason?.condition).toBe(condition);
      expect(await latestManifest(before.orgId)).toMatchObject({ runId: before.runId });
      for (const path of [`${refused.folder}/status.json`, `v1/${before.orgId}/status.json`]) {
        expect(runStatusSchema.parse(JSON.parse(await text(path)))).toEqual(refused);
      }
    }
    const forced = await run({ force: true });
    expect(forced).toMatchObject({ orgId: before.orgId, isLatest: true, force: true });
    expect(await latestManifest(before.orgId)).toMatchObject({ runId: forced.runId });
  });

  test('may lose half of its licenses', async () => {
    await run({ force: true });
    const { licenses } = simulator.organization();
    for (const id of [...licenses.keys()].slice(9)) licenses.delete(id);
    expect(await run()).toMatchObject({ state: 'complete', isLatest: true });
  });

  test('publishes the schemas of its files, which are those of the code', async () => {
    await run({ force: true });
    for (const [name, schema] of Object.entries(INVENTORY_SCHEMAS)) {
      const published = JSON.parse(await text(`v1/schemas/${name}`));
      expect(published).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))));
    }
  });

  test.each<[string, unknown, number]>([
    ['with a member that is not known', { forced: true }, 400],
    ['that is no object', 7, 400],
  ])('%s is not begun', async (_what, body, status) => {
    const response = await fetch(`${stack.apiUrl}/inventory/runs`, {
      method: 'POST',
      headers: { ...key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(status);
  });

  test('is not shown where there is none, nor to those without a key', async () => {
    const url = `${stack.apiUrl}/inventory/runs/none`;
    expect((await fetch(url, { headers: key })).status).toBe(404);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(`${stack.apiUrl}/inventory/runs`, { method: 'POST' })).status).toBe(401);
  });
});
