/** `npm run demo`: the whole system on this machine, doing its job on real parts. */
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import * as z from 'zod';
import { type Api, createApi } from '../../src/cli/api.ts';
import { isFinal, requestSchema, type ShownRequest } from '../../src/cli/request-text.ts';
import { endWithReader } from '../../src/cli/terminal.ts';
import { toRequestId } from '../../src/requests/record/accept.ts';
import { CONTAINERS, QUEUES } from '../../src/storage/names.ts';
import { REMOVALS_PER_HOUR, showDepartmentChange } from './demo/department-change.ts';
import { showDrift } from './demo/drift.ts';
import { importDirectory, readOutcome, sendEvent, toWebhooks } from './demo/hr.ts';
import { LATE_PERSON, NOT_A_REQUEST, type Scenario, SEAT_REQUEST_ID, toScenarios } from './demo/scenarios.ts';
import { heading, toCard, toInventoryTable } from './demo/show.ts';
import { showUndoneBatch } from './demo/undone-batch.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY, type Stack, startStack } from './stack.ts';
import { addPerson } from './webex/organization.ts';

const DEADLINE_MS = 45_000;
const CHECK_EVERY_MS = 200;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Looks again and again until there is something, within the time that the demo has. */
async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + DEADLINE_MS;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(CHECK_EVERY_MS);
  }
  throw new Error(`${what} did not come within ${DEADLINE_MS / 1_000} s`);
}

async function submit(stack: Stack, api: Api, scenarios: readonly Scenario[]): Promise<string> {
  const via = (wanted: Scenario['via']) => scenarios.filter((scenario) => scenario.via === wanted);
  const post = (body: unknown) => api.post('/license-requests', z.unknown(), { body, status: 202 });
  for (const { request } of via('POST')) await post(request);
  await post({ requests: via('batch').map(({ request }) => request) });

  const service = QueueServiceClient.fromConnectionString(stack.azurite.connectionString);
  const queue = service.getQueueClient(QUEUES.licenseRequests);
  for (const { request } of via('queue, plain JSON')) await queue.sendMessage(JSON.stringify(request));
  for (const { request } of via('queue, base64 JSON')) {
    await queue.sendMessage(Buffer.from(JSON.stringify(request)).toString('base64'));
  }
  const { messageId } = await queue.sendMessage(NOT_A_REQUEST);
  await readWhere(api, SEAT_REQUEST_ID, ({ waiting }) => waiting?.for === 'no-seats');
  for (const { request } of via('POST, when he waits')) await post(request);
  return toRequestId(messageId, NOT_A_REQUEST);
}

const readWhere = (
  api: Api,
  requestId: string,
  isWanted: (request: ShownRequest) => boolean,
): Promise<ShownRequest> =>
  until(`What is wanted of ${requestId}`, async () => {
    const request = await api.get(`/license-requests/${requestId}`, requestSchema).catch(() => undefined);
    return request && isWanted(request) ? request : undefined;
  });

/** A request that has ended, or is scheduled for later. */
const readSettled = (api: Api, requestId: string): Promise<ShownRequest> =>
  readWhere(api, requestId, (request) => isFinal(request) || request.state === 'scheduled');

const read = (api: Api, requestId: string): Promise<ShownRequest> => readWhere(api, requestId, isFinal);

const snapshotSchema = z.object({
  licenses: z.array(
    z.object({
      name: z.string(),
      subscriptionId: z.string().optional(),
      totalUnits: z.number().optional(),
      consumedUnits: z.number().optional(),
      freeUnits: z.number().optional(),
    }),
  ),
});

async function publishInventory(stack: Stack) {
  const service = BlobServiceClient.fromConnectionString(stack.azurite.connectionString);
  const container = service.getContainerClient(CONTAINERS.inventory);
  // The host answers without a body: that it began is seen in the blobs.
  await fetch(`${stack.host.url}/admin/functions/publish-inventory`, {
    method: 'POST',
    headers: { 'x-functions-key': LOCAL_MASTER_KEY },
    body: '{}',
  });
  const paths = await until('The inventory', async () => {
    if (!(await container.exists())) return undefined;
    const found: string[] = [];
    for await (const { name } of container.listBlobsFlat()) found.push(name);
    return found.some((name) => name.endsWith('latest/manifest.json')) ? found : undefined;
  });
  const latest = paths.find((path) => path.endsWith('latest/licenses.json')) ?? '';
  const text = (await container.getBlobClient(latest).downloadToBuffer()).toString('utf8');
  return { paths, snapshot: snapshotSchema.parse(JSON.parse(text)) };
}

// It goes on to its end, so that it leaves nothing running.
endWithReader(() => {});
// A signal alone would end this process without the handlers that stop Azurite.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
const startedAt = Date.now();
print('Starting …');
const stack = await startStack({
  // A demo has no time for the delays that a directory takes.
  settings: {
    RETRY_BASE_SECONDS: '1',
    PERSON_NOT_FOUND_DELAYS_SECONDS: '2,3',
    REMOVALS_PER_HOUR: `${REMOVALS_PER_HOUR}`,
    DRIFT_REPAIR: 'add',
  },
});
try {
  const { simulator } = stack;
  if (!simulator) throw new Error('The demo needs the simulator');
  print(`Seatline runs on this machine: functions ${stack.apiUrl}, Webex simulator ${simulator.apiUrl}`);
  const scenarios = toScenarios(simulator.organization());
  addPerson(simulator.organization(), LATE_PERSON);
  for (const { request, fault } of scenarios) {
    if (fault) simulator.script({ method: 'PATCH', email: request.person.email, effect: fault });
  }

  const api = createApi({ url: stack.apiUrl, key: LOCAL_FUNCTION_KEY });
  const invalidId = await submit(stack, api, scenarios);
  print(heading('License requests'));
  for (const { shows, via, request } of scenarios)
    print(toCard(shows, via, await read(api, request.requestId)));
  print(toCard('an invalid message', 'queue', await read(api, invalidId)));

  await importDirectory(api);
  print(heading('HR events'));
  for (const { shows, webhook } of toWebhooks(new Date())) {
    const eventKey = await sendEvent(stack.apiUrl, webhook);
    const outcome = await until(shows, () => readOutcome(api, eventKey));
    const requests = await Promise.all(outcome.requestIds.map((requestId) => readSettled(api, requestId)));
    if (requests.length === 0) print(`${outcome.state}  ${shows}: ${outcome.detail}\n`);
    for (const request of requests) print(toCard(shows, outcome.event.kind, request));
  }

  print(heading('A guardrail: thirty people change their department'));
  const organization = simulator.organization();
  const movers = await showDepartmentChange({ api, apiUrl: stack.apiUrl, organization, until, print });

  print(heading('An undo: a batch was the wrong file'));
  await showUndoneBatch({ api, people: movers.slice(0, 3), until, print });

  const { paths, snapshot } = await publishInventory(stack);
  print(heading('Inventory'));
  print(toInventoryTable(snapshot.licenses));
  print(heading(`Blobs written to the container "${CONTAINERS.inventory}"`));
  for (const path of paths) print(`  ${path}`);
  print(heading('Drift: an admin takes a license by hand'));
  await showDrift({ api, simulator, until, print });
  print(
    `\nDone in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s. Next: npm start, and the curl lines it prints.`,
  );
} finally {
  await stack.stop();
}
