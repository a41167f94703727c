import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY, type Stack, startStack } from '../../infra/local/stack.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import {
  assignmentRowSchema,
  licensesFileSchema,
  manifestSchema,
  type RunStatus,
  runStatusSchema,
} from '../../src/contract/inventory.ts';
import { CONTAINERS } from '../../src/contract/names.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { until } from './until.ts';

/** Inventory runs of the built app under the local host, as readers find them. */
let stack: Stack;
let simulator: WebexSimulator;
beforeAll(async () => {
  stack = await startStack();
  if (!stack.simulator) throw new Error('no simulator');
  simulator = stack.simulator;
}, 60_000);
afterAll(() => stack.stop());
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
const reach = (location: string, ...states: string[]): Promise<RunStatus> =>
  until(`${location} in ${states}`, async () => {
    const status = await look(location);
    return states.includes(status.state) ? status : undefined;
  });
const run = async (body?: object, ...states: string[]) => {
  const { status, location } = await start(body);
  expect(status).toBe(202);
  return reach(location, ...(states.length > 0 ? states : ['complete']));
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
    expect(manifest).toMatchObject({ runId: status.runId, status: 'complete', warnings: [] });
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
        cacheControl: 'public, max-age=31536000, immutable',
      });
    }
    const { licenses } = licensesFileSchema.parse(
      JSON.parse(await text(`v1/${status.orgId}/latest/licenses.json`)),
    );
    expect(licenses).toHaveLength(18);
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
    expect(await look(`/api/inventory/runs/${manifest.runId}`)).toMatchObject({ trigger: 'timer' });
  });
});
