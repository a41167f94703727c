/**
 * One process of the inventory measurements, with a memory of its own; it prints lines of JSON.
 * - `simulator <apiSize>`: until it is told to end
 * - `seatline <connection string> <API>`: goes on with the current run of the app, or a new one, until that ends
 * - `peer <file> <API>`: a client by the rules of the Python SDK
 * - `idle <connection string> <API>`: what the app and the SDKs that it loads take by themselves
 * A test has `seatline` work, and kills it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { LOCAL_TOKEN } from '../../../infra/local/stack.ts';
import { generateListings } from '../../../infra/local/webex/generated-listings.ts';
import { startWebexSimulator } from '../../../infra/local/webex/simulator.ts';
import { createApp } from '../../../src/app.ts';
import { runStatusSchema } from '../../../src/inventory/schemas/files.ts';
import { createLog } from '../../../src/platform/log.ts';
import { toDelivery } from '../../../src/platform/queue-delivery.ts';
import { runPeer } from './peer.ts';
import { toSettings } from './settings.ts';

const [mode = '', first = '', second = ''] = process.argv.slice(2);
const print = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const log = createLog({ info: () => undefined, warn: (line) => void process.stderr.write(`${line}\n`) });
/** In MiB; the system counts it in KiB. */
const toPeakRss = () => process.resourceUsage().maxRSS / 1_024;

const sizeSchema = z.object({
  licenses: z.number(),
  assignments: z.number(),
  latencyMs: z.number(),
});

async function simulate(): Promise<void> {
  const { latencyMs, ...size } = sizeSchema.parse(JSON.parse(first));
  const createOrganization = () => generateListings({ ...size, seed: 1 });
  const simulator = await startWebexSimulator({ token: LOCAL_TOKEN, latencyMs, createOrganization });
  process.once('SIGTERM', () => void simulator.stop());
  print({ apiUrl: simulator.apiUrl, url: simulator.url });
}

async function work(): Promise<void> {
  const app = createApp(toSettings(first, second));
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

if (mode === 'simulator') await simulate();
else if (mode === 'seatline') await work();
else if (mode === 'idle') await idle();
else print({ ...(await runPeer(second, first)), peakRssMiB: toPeakRss() });
