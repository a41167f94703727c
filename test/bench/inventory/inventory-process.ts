/**
 * One process of the inventory measurements, with a memory of its own; it prints lines of JSON.
 * - `simulator <apiSize>`: until it is told to end
 * - `seatline <connection string> <API> <all|off>`: goes on with the current run of the app, or a new one, until that ends
 * - `floor <API>`: the pages of the list of people, one after the other, thrown away
 * - `sdk <file> <API>`, `by-license <file> <API>`: a client by the rules of the Python SDK, over people or licenses
 * - `compare <connection string>`: the latest two people snapshots
 * - `idle <connection string> <API>`: what the app and the SDKs that it loads take by themselves
 * A test has `seatline` work, and kills it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { LOCAL_TOKEN } from '../../../infra/local/stack.ts';
import { generatePeople } from '../../../infra/local/webex/generated-listings.ts';
import { startWebexSimulator } from '../../../infra/local/webex/simulator.ts';
import { createApp } from '../../../src/app.ts';
import { runStatusSchema } from '../../../src/inventory/schemas/files.ts';
import { comparePeople } from '../../../src/people/compare.ts';
import { readPeople } from '../../../src/people/read-snapshot.ts';
import { toSliceRange } from '../../../src/people/slices.ts';
import { readManifest } from '../../../src/people/snapshot.ts';
import { createLog } from '../../../src/platform/log.ts';
import { toDelivery } from '../../../src/platform/queue-delivery.ts';
import { createBlobPeople } from '../../../src/storage/blobs/people.ts';
import { createStorageClients } from '../../../src/storage/clients.ts';
import { runByLicense, runFloor, runSdk } from './peer.ts';
import { toSettings } from './settings.ts';

const [mode = '', first = '', second = '', third = 'all'] = process.argv.slice(2);
const print = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const log = createLog({ info: () => undefined, warn: (line) => void process.stderr.write(`${line}\n`) });
/** In MiB; the system counts it in KiB. */
const toPeakRss = () => process.resourceUsage().maxRSS / 1_024;

const sizeSchema = z.object({
  people: z.number(),
  licenses: z.number(),
  latencyMs: z.number(),
});

async function simulate(): Promise<void> {
  const { people, licenses, latencyMs } = sizeSchema.parse(JSON.parse(first));
  const createOrganization = () => generatePeople(people, licenses, 1);
  const simulator = await startWebexSimulator({ token: LOCAL_TOKEN, latencyMs, createOrganization });
  process.once('SIGTERM', () => void simulator.stop());
  print({ apiUrl: simulator.apiUrl, url: simulator.url });
}

async function work(): Promise<void> {
  const app = createApp(toSettings(first, second, third));
  const startedAt = performance.now();
  const { run } = await app.startInventoryRun({ trigger: 'request', force: false }, log);
  for (;;) {
    await app.workOnInventoryRun({ version: 1, runId: run.runId }, toDelivery({}), log);
    const status = runStatusSchema.parse((await app.readInventoryRun(run.runId)).jsonBody);
    if (!['queued', 'reading', 'waiting'].includes(status.state)) {
      print({ status, ms: performance.now() - startedAt, peakRssMiB: toPeakRss() });
      return;
    }
    await delay(100);
  }
}

async function idle(): Promise<void> {
  const app = createApp(toSettings(first, second));
  await app.health();
  print({ peakRssMiB: toPeakRss() });
}

/** Bucket by bucket, as a run does it while it publishes. */
async function compare(): Promise<void> {
  const storage = createStorageClients({ kind: 'connection-string', connectionString: first });
  const store = createBlobPeople(storage);
  const snapshots = await Promise.all(
    (['latest', 'previous'] as const).map((which) => readManifest(store, second, which)),
  );
  const startedAt = performance.now();
  let changes = 0;
  for (let bucket = 0, buckets = snapshots[0]?.buckets.length ?? 0; bucket < buckets; bucket += 1) {
    const range = toSliceRange(bucket, buckets);
    const [now, before] = await Promise.all(
      snapshots.map(async (snapshot) => {
        if (!snapshot) throw new Error('There are no two snapshots');
        const people = await readPeople(store, snapshot, range);
        const licenseIds = snapshot.licenses.map(({ id }) => id);
        return { people: new Map(people.map((person) => [person.id, person])), licenseIds };
      }),
    );
    if (now && before) for (const _change of comparePeople(before, now)) changes += 1;
  }
  print({ changes, ms: performance.now() - startedAt, peakRssMiB: toPeakRss() });
}

if (mode === 'simulator') await simulate();
else if (mode === 'seatline') await work();
else if (mode === 'idle') await idle();
else if (mode === 'compare') await compare();
else if (mode === 'floor') print(await runFloor(first));
else if (mode === 'sdk') print(await runSdk(second, first));
else print(await runByLicense(second, first));
