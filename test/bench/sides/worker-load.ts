/** Works off license requests in this process: with the app, or with a bare loop around one PATCH. */
import { Agent } from 'node:http';
import { TableServiceClient } from '@azure/data-tables';
import { type DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import fetch from 'node-fetch';
import * as z from 'zod';
import { QUEUES, TABLES } from '../../../src/storage/names.ts';
import { drain } from '../drain.ts';
import { serve } from '../fresh-process.ts';
import { loadInvokedApp } from '../invoked-app.ts';
import { at, createFirstRequests, createRequests } from '../requests.ts';

const { AzureWebJobsStorage = '', WEBEX_API_URL = '', WEBEX_ACCESS_TOKEN = '', BENCH_ENTRY } = process.env;
const queue = new QueueClient(AzureWebJobsStorage, QUEUES.licenseRequests);
const tables = TableServiceClient.fromConnectionString(AzureWebJobsStorage, {
  allowInsecureConnection: true,
});
const side = BENCH_ENTRY === undefined ? createBareLoop() : await createSeatline(BENCH_ENTRY);

const inputSchema = z.object({
  first: z.number(),
  count: z.number(),
  batch: z.number(),
  atOnce: z.number(),
  /** Before the measured request of each of the same people. */
  isFirst: z.boolean(),
  licenseId: z.string(),
});

const SENDS_AT_ONCE = 64;
/** As many sockets as the app has for Webex. */
const MAX_SOCKETS = 32;

serve(inputSchema, async ({ first, count, batch, atOnce, isFirst, licenseId }) => {
  // Azurite looks at each row of a table for each query: it is to find those of these people.
  for (const name of isFirst ? Object.values(TABLES) : []) {
    await tables.deleteTable(name);
    await tables.createTable(name);
  }
  const requests = isFirst ? createFirstRequests(count, first) : createRequests(count, first);
  await at(SENDS_AT_ONCE, requests, (request) => side.send({ ...request, licenseId }));
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await drain(queue, { batch, atOnce }, side.handle);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuMs: (user + system) / 1_000 };
});

async function createSeatline(record: string) {
  const app = await loadInvokedApp(record);
  return {
    async send({ licenseId: _known, ...request }: { licenseId: string }) {
      const { statusCode } = await app.post('submit-license-requests', '/api/license-requests', request);
      if (statusCode !== '202') throw new Error(`answered ${statusCode}`);
    },
    handle: (message: DequeuedMessageItem) => app.take('perform-license-request', message),
  };
}

function createBareLoop() {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const messageSchema = z.object({ person: z.object({ email: z.string() }), licenseId: z.string() });
  return {
    async send(request: object) {
      await queue.sendMessage(JSON.stringify(request));
    },
    async handle({ messageText }: DequeuedMessageItem) {
      const { person, licenseId } = messageSchema.parse(JSON.parse(messageText));
      const answer = await fetch(`${WEBEX_API_URL}/licenses/users`, {
        method: 'PATCH',
        agent,
        headers: { authorization: `Bearer ${WEBEX_ACCESS_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...person, licenses: [{ id: licenseId, operation: 'add' }] }),
      });
      await answer.json();
      if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
    },
  };
}
