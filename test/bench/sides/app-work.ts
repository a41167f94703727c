/** The app in this process: takes requests, works off its queue, or sweeps. */
import { QueueClient } from '@azure/storage-queue';
import * as z from 'zod';
import { QUEUES } from '../../../src/storage/names.ts';
import { drain } from '../drain.ts';
import { serve } from '../fresh-process.ts';
import { loadInvokedApp } from '../invoked-app.ts';
import { at } from '../requests.ts';

const { AzureWebJobsStorage = '', BENCH_ENTRY = '' } = process.env;
const app = await loadInvokedApp(BENCH_ENTRY);
const queue = new QueueClient(AzureWebJobsStorage, QUEUES.licenseRequests);

const workSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('submit'), bodies: z.array(z.unknown()), atOnce: z.number() }),
  z.object({ do: z.literal('drain'), atOnce: z.number() }),
  z.object({ do: z.literal('sweep') }),
]);

/** Messages to a call, as host.json has it. */
const BATCH = 16;

serve(workSchema, async (work) => {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await act(work);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1_000, maxRssMiB: process.resourceUsage().maxRSS / 1_024 };
});

async function act(work: z.output<typeof workSchema>): Promise<void> {
  if (work.do === 'sweep') return app.tick('sweep');
  if (work.do === 'drain') {
    const pull = { batch: Math.min(BATCH, work.atOnce), atOnce: work.atOnce };
    return drain(queue, pull, (message) => app.take('perform-license-request', message));
  }
  await at(work.atOnce, work.bodies, async (body) => {
    const { statusCode } = await app.post('submit-license-requests', '/api/license-requests', body);
    if (statusCode !== '202') throw new Error(`answered ${statusCode}`);
  });
}
