import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { generateOrganization } from '../../infra/local/webex/generated-organization.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import type { RunState } from '../../src/inventory/run/run.ts';
import { toRunFolder } from '../../src/inventory/run/run.ts';
import { createBlobRuns } from '../../src/storage/blobs/runs.ts';
import { createStorageClients, type StorageClients } from '../../src/storage/clients.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createChance } from '../chaos/chance.ts';
import { createParts } from '../parts.ts';
import { type PeopleWire, startPeopleWire } from './people-wire.ts';

/** Processes that work on a run, each killed as it asks for a page by chance, over a wire that changes the list of people. */
const PEOPLE = 6_000;
const PAGE = 4;
const PAGES = PEOPLE / PAGE;
const KILLS = 20;
/** Pages that one process asks for before it is killed. All of them together are fewer than there are. */
const MAX_PAGES_A_LIFE = 120;
/** A part that is being written, one that is being read, and the page that is ahead. */
const MAX_LOST = 25 + 25 + 1;
/** Every so many pages, somebody is listed twice. */
const REPEATED_EVERY = 40;
const TIME_LIMIT_MS = 900_000;
let azurite: Azurite;
let storage: StorageClients;
let simulator: WebexSimulator;
let wire: PeopleWire;
const started = createParts();
beforeAll(async () => {
  azurite = await started(startAzurite());
  storage = createStorageClients({ kind: 'connection-string', connectionString: azurite.connectionString });
  const createOrganization = () => generateOrganization({ people: PEOPLE, licenses: 7, seed: 9 });
  simulator = await started(startWebexSimulator({ token: LOCAL_TOKEN, createOrganization }));
  const places = new Map([...everybody()].map(({ id }, place) => [id, place]));
  wire = await started(startPeopleWire(simulator.apiUrl, PAGE, () => places));
}, TIME_LIMIT_MS);

const everybody = () => simulator.organization().people.values();

/** A process of the app's own code that works on the current run until it ends. */
function startWorker() {
  const file = fileURLToPath(new URL('../../build/local/inventory-process.js', import.meta.url));
  const args = [file, 'seatline', azurite.connectionString, wire.apiUrl];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return { ended: once(child, 'close'), kill: () => child.kill('SIGKILL') };
}

/** Works on a run until it ends, and kills the process so often. @returns how many pages each process asked for */
async function runWithKills(seed: number, kills: number): Promise<{ run: RunState; lives: number[] }> {
  const chance = createChance(seed);
  const lock = (await storage.container(CONTAINERS.inventoryRuns)).getBlobClient('lock');
  const lives: number[] = [];
  for (let left = kills; left >= 0; left -= 1) {
    const [begun, pages] = [wire.pages(), chance.between(1, MAX_PAGES_A_LIFE)];
    const worker = startWorker();
    wire.onPage = (count) => {
      if (left > 0 && count >= begun + pages) worker.kill();
      return left === 0 || count < begun + pages;
    };
    const [code, signal] = await worker.ended;
    expect([code, signal]).toEqual(left === 0 ? [0, null] : [null, 'SIGKILL']);
    lives.push(wire.pages() - begun);
    // Time passes: the dead hold nothing more.
    await lock.getBlobLeaseClient().breakLease(0).catch(ignoreNoLease);
  }
  const run = await createBlobRuns(storage).current();
  if (!run) throw new Error('there is no run');
  return { run, lives };
}

/** Killed before it had the lease. */
function ignoreNoLease(error: { statusCode?: number }) {
  if (error.statusCode !== 409) throw error;
}

const read = async (path: string, name: string) =>
  (await storage.container(name)).getBlobClient(path).downloadToBuffer();
const readJson = async (path: string, name: string) => JSON.parse((await read(path, name)).toString('utf8'));
async function readAssignments(run: RunState): Promise<readonly string[]> {
  const bytes = await read(`${toRunFolder(run)}/assignments.ndjson.gz`, CONTAINERS.assignments);
  const lines = gunzipSync(bytes).toString('utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)).map(({ email, licenseId }) => `${email} ${licenseId}`);
}
const truth = () =>
  [...everybody()].flatMap(({ email, licenses }) => [...licenses].map((id) => `${email} ${id}`));

test(
  `a run whose process is killed ${KILLS} times, while people come twice and in any order, is as Webex has it`,
  async () => {
    const chance = createChance(1);
    wire.change = (rows, place) => {
      const last = rows.at(-1);
      const isRepeated = (place / PAGE) % REPEATED_EVERY === 0 && last;
      // Once as they were before, without a license, and then as they are.
      return [...(isRepeated ? [{ ...last, licenses: [] }] : []), ...chance.shuffle(rows)];
    };
    const { run, lives } = await runWithKills(2, KILLS);
    expect(run).toMatchObject({ state: 'complete', isLatest: true, reading: { restarts: 0, pages: PAGES } });
    expect((await readAssignments(run)).toSorted()).toEqual(truth().toSorted());
    expect(await readJson(`v1/${run.orgId}/latest.json`, CONTAINERS.people)).toMatchObject({
      ...{ runId: run.runId, people: PEOPLE },
      doubts: [
        {
          condition: 'people-repeated',
          detail: expect.stringContaining(`${Math.ceil(PAGES / REPEATED_EVERY)} people`),
        },
      ],
    });
    const lost = lives.slice(0, KILLS).reduce((sum, pages) => sum + Math.min(pages, MAX_LOST), 0);
    expect(lives.reduce((sum, pages) => sum + pages, 0)).toBeLessThanOrEqual(PAGES + lost);
  },
  TIME_LIMIT_MS,
);

test(
  'a run that is killed while the list loses people does not become the latest',
  async () => {
    const before = await readJson(
      `v1/${(await createBlobRuns(storage).current())?.orgId}/latest/manifest.json`,
      CONTAINERS.inventory,
    );
    wire.change = (rows, place) => ((place / PAGE) % 50 === 7 ? [] : rows);
    const { run } = await runWithKills(3, 3);
    expect(run).toMatchObject({ state: 'partial', isLatest: false });
    expect(await readJson(`v1/${run.orgId}/latest/manifest.json`, CONTAINERS.inventory)).toEqual(before);
    expect(await readJson(`v1/${run.orgId}/latest.json`, CONTAINERS.people)).toMatchObject({
      runId: before.runId,
    });
  },
  TIME_LIMIT_MS,
);
