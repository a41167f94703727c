/** Submits license requests to an app in this process, so many at once; the queue is empty at the start. */
import { QueueClient } from '@azure/storage-queue';
import * as z from 'zod';
import { QUEUES } from '../../../src/storage/names.ts';
import { serve } from '../fresh-process.ts';
import { loadInvokedApp } from '../invoked-app.ts';
import { at, createRequests } from '../requests.ts';

const { AzureWebJobsStorage = '', BENCH_ENTRY = '' } = process.env;
const app = await loadInvokedApp(BENCH_ENTRY);
const queue = new QueueClient(AzureWebJobsStorage, QUEUES.licenseRequests);

const inputSchema = z.object({ first: z.number(), count: z.number(), atOnce: z.number() });

serve(inputSchema, async ({ first, count, atOnce }) => {
  await queue.clearMessages();
  const requests = createRequests(count, first);
  const latenciesMs: number[] = [];
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await at(atOnce, requests, async (request) => {
    const sentAt = performance.now();
    const { statusCode } = await app.post('submit-license-requests', '/api/license-requests', request);
    latenciesMs.push(performance.now() - sentAt);
    if (statusCode !== '202') throw new Error(`answered ${statusCode}`);
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuMs: (user + system) / 1_000, latenciesMs };
});
