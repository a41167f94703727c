/** Submits license requests to an app in this process, so many at once, in waves with an empty queue between. */
import { QueueClient } from '@azure/storage-queue';
import * as z from 'zod';
import { QUEUES } from '../../../src/contract/names.ts';
import { report } from '../fresh-process.ts';
import { loadInvokedApp } from '../invoked-app.ts';
import { at, createRequests } from '../requests.ts';

const inputSchema = z.object({
  entry: z.string(),
  waves: z.number(),
  perWave: z.number(),
  atOnce: z.number(),
});

await report(inputSchema, async ({ entry, waves, perWave, atOnce }) => {
  const app = await loadInvokedApp(entry);
  const queue = new QueueClient(process.env.AzureWebJobsStorage ?? '', QUEUES.licenseRequests);
  const latenciesMs: number[] = [];
  let seconds = 0;
  let cpuMs = 0;
  // The first wave warms up: connections, code and tables.
  for (let wave = 0; wave <= waves; wave += 1) {
    const requests = createRequests(perWave, wave * perWave);
    const taken: number[] = [];
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    await at(atOnce, requests, async (request) => {
      const sentAt = performance.now();
      const { statusCode } = await app.post('submit-license-requests', '/api/license-requests', request);
      taken.push(performance.now() - sentAt);
      if (statusCode !== '202') throw new Error(`answered ${statusCode}`);
    });
    const { user, system } = process.cpuUsage(cpu);
    if (wave > 0) {
      seconds += (performance.now() - startedAt) / 1_000;
      cpuMs += (user + system) / 1_000;
      latenciesMs.push(...taken);
    }
    if (wave < waves) await queue.clearMessages();
  }
  return { seconds, cpuMs, latenciesMs };
});
