import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { toManifestFile } from '../../src/inventory/publish/manifest.ts';
import { toRunFolder } from '../../src/inventory/publish/paths.ts';
import { toBlockName, toBlockNames } from '../../src/inventory/run/blocks.ts';
import { commitFile } from '../../src/inventory/run/committed-file.ts';
import { createComparePeople } from '../../src/inventory/run/compare-people.ts';
import { newRun, type StoredRun } from '../../src/inventory/run/run.ts';
import { VERSION_CONFLICT } from '../../src/platform/version-conflict.ts';
import { createBlobAssignments } from '../../src/storage/blobs/assignments.ts';
import { createBlobRuns } from '../../src/storage/blobs/runs.ts';
import { createBlobSnapshots } from '../../src/storage/blobs/snapshots.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';
import { createMortal } from './mortal.ts';

/** Comparing the people of two runs on real storage: stopped, and killed, on the way. */
let azurite: Azurite;
let storage: StorageClients;
const started = createParts();
beforeAll(async () => {
  azurite = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString: azurite.connectionString });
}, 30_000);

const orgId = 'org';
const at = new Date('2026-11-24T05:00:00Z');
type Held = Readonly<Record<string, readonly number[]>>;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const toLicenses = (held: Held) => Object.keys(held).map((id) => ({ id, name: `License ${id}` }));

/** The file of who holds what in a run, as it is when all is read. */
async function keep(folder: string, held: Held) {
  const assignments = createBlobAssignments(storage);
  const path = `${folder}/assignments.ndjson.gz`;
  const members = Object.entries(held).map(([licenseId, people]) => {
    const row = { licenseId, licenseName: `License ${licenseId}` };
    const lines = people.map((person) => `${JSON.stringify({ ...row, personId: `person ${person}` })}\n`);
    return { licenseId, rows: people.length, member: people.length > 0 ? gzipSync(lines.join('')) : '' };
  });
  const blocks = members.map(({ rows }) => ({ blocks: rows > 0 ? [[1, 1] as [number, number]] : [] }));
  let offset = 0;
  const parts = [];
  for (const [license, { licenseId, rows, member }] of members.entries()) {
    if (rows > 0) await assignments.stage(path, toBlockName(license, 1, 0), Buffer.from(member));
    parts.push({ licenseId, rows, offset, bytes: member.length });
    offset += member.length;
  }
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const file = await commitFile(assignments, { path, names: toBlockNames(blocks), rows, bytes: offset });
  return { ...file, parts };
}

async function publishBefore(runId: string, held: Held) {
  const folder = toRunFolder({ orgId, runId, readStartedAt: at, requestedAt: at });
  const files = [await keep(folder, held)];
  const run = { runId, orgId, readStartedAt: at, readEndedAt: at };
  const manifest = toManifestFile(run, { status: 'complete', warnings: [], files, previousRun: undefined });
  await createBlobSnapshots(storage).writeOnce(`${folder}/${manifest.path}`, manifest);
  return { runId, readStartedAt: at, licenses: toLicenses(held) };
}

async function beginNow(runId: string, held: Held): Promise<StoredRun> {
  const runs = createBlobRuns(storage);
  const run = { ...newRun(runId, { trigger: 'timer', force: false }, at, orgId), session: 1 };
  const begun = await runs.begin({ ...run, readStartedAt: at }, await runs.current());
  if (begun === VERSION_CONFLICT) throw new Error('not begun');
  return runs.replace({ ...begun, assignments: await keep(toRunFolder(begun), held) });
}

const before: Held = { a: range(0, 40), b: range(0, 9), same: range(0, 5), gone: range(0, 3), none: [] };
const now: Held = { a: range(10, 50), b: range(0, 10), same: range(0, 5), none: range(0, 2), fresh: [7] };
const counts = [
  { licenseId: 'a', gained: 10, lost: 10 },
  { licenseId: 'b', gained: 1, lost: 0 },
  { licenseId: 'same', gained: 0, lost: 0 },
  { licenseId: 'none', gained: 2, lost: 0 },
  { licenseId: 'fresh', gained: 1, lost: 0 },
  { licenseId: 'gone', gained: 0, lost: 3 },
];
const limits = { peopleAtOnce: 15, rowsPerCheckpoint: 20 };

async function linesOf(path: string): Promise<readonly string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await createBlobAssignments(storage).read(path)) ?? [])
    chunks.push(Buffer.from(chunk));
  return gunzipSync(Buffer.concat(chunks)).toString().split('\n').filter(Boolean).sort();
}

/** As the app does it, with the process dying at its n-th write. */
function createCompare(dieAt = Number.POSITIVE_INFINITY) {
  const { mortal, writes } = createMortal(dieAt);
  const runs = createBlobRuns(storage);
  const assignments = createBlobAssignments(storage);
  const compare = createComparePeople(
    {
      runs: { replace: mortal(runs.replace) },
      store: createBlobSnapshots(storage),
      assignments: {
        ...assignments,
        stage: mortal(assignments.stage),
        commit: mortal(assignments.commit),
      },
      clock: () => at,
    },
    limits,
  );
  return { compare, writes };
}

describe('the people of two runs', () => {
  test('are compared license by license; a comparison that is stopped at each step, and killed at each write, goes on and says each change once', async () => {
    const previous = await publishBefore('before', before);
    const runs = createBlobRuns(storage);
    const licenses = toLicenses(now);
    const whole = createCompare();
    const done = await whole.compare(await beginNow('whole', now), licenses, previous, () => false);
    expect(done.comparison).toMatchObject({ counts, isDone: true, rows: 27, file: { rows: 27 } });
    const lines = await linesOf(done.comparison?.file?.path ?? '');
    expect(lines).toHaveLength(27);
    expect(whole.writes()).toBeGreaterThan(8);

    for (let dieAt = 1; dieAt <= whole.writes(); dieAt += 1) {
      const runId = `killed-${dieAt}`;
      await beginNow(runId, now);
      for (let isDone = false, invocation = 0; !isDone; invocation += 1) {
        const taken = await runs.read(runId);
        if (!taken || invocation > 20) throw new Error('it does not get on');
        const run = await runs.replace({ ...taken, session: taken.session + 1 });
        const { compare, writes } = createCompare(invocation === 0 ? dieAt : undefined);
        // From the second invocation on, the time is over after each checkpoint.
        const isOver = () => invocation > 0 && writes() > 1;
        try {
          isDone = (await compare(run, licenses, previous, isOver)).comparison?.isDone ?? false;
        } catch (error) {
          if (!(error instanceof Error) || error.message !== 'killed') throw error;
          const left = await runs.read(runId);
          expect(left?.comparison?.steps ?? 0).toBeGreaterThanOrEqual(run.comparison?.steps ?? 0);
        }
      }
      const { comparison } = (await runs.read(runId)) ?? {};
      expect(comparison).toMatchObject({ counts, isDone: true, rows: 27 });
      expect(await linesOf(comparison?.file?.path ?? '')).toEqual(lines);
    }
  }, 60_000);

  test('are not compared where the run before kept none', async () => {
    const { compare } = createCompare();
    const previous = { runId: 'never', readStartedAt: at, licenses: [] };
    const done = await compare(await beginNow('alone', now), toLicenses(now), previous, () => false);
    expect(done.comparison).toMatchObject({ isDone: true, counts: [] });
    expect(done.comparison).not.toHaveProperty('file');
  });

  test('are not compared where somebody removed what the run before kept', async () => {
    const previous = await publishBefore('removed', before);
    const folder = toRunFolder({ orgId, ...previous, requestedAt: at });
    const container = await storage.container(CONTAINERS.assignments);
    await container.deleteBlob(`${folder}/assignments.ndjson.gz`);
    const { compare } = createCompare();
    const done = await compare(await beginNow('after', now), toLicenses(now), previous, () => false);
    expect(done.comparison).toMatchObject({ isDone: true, counts: [] });
  });

  test('of whom nobody changed are a file that is empty, and can be unpacked', async () => {
    const previous = await publishBefore('as-now', now);
    const { compare } = createCompare();
    const { comparison } = await compare(
      await beginNow('as-before', now),
      toLicenses(now),
      previous,
      () => false,
    );
    expect(comparison).toMatchObject({ isDone: true, file: { rows: 0 } });
    expect(await linesOf(comparison?.file?.path ?? '')).toEqual([]);
  });
});

test('a file that is not what was staged is not said to be', async () => {
  const assignments = createBlobAssignments(storage);
  await assignments.stage('v1/odd', toBlockName(0, 1, 0), Buffer.alloc(10));
  const staged = { path: 'v1/odd', names: [toBlockName(0, 1, 0)], rows: 1, bytes: 11 };
  await expect(commitFile(assignments, staged)).rejects.toThrow('has 10 bytes, and 11 were staged');
});
