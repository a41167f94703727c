import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startAzurite } from '../../infra/local/azurite.ts';
import { provision } from '../../infra/local/provision.ts';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { startWebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createGuardrailsApp } from '../../src/app-guardrails.ts';
import { createWorkerApp } from '../../src/app-worker.ts';
import { parseConfig } from '../../src/config/config.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import type { WorkTarget } from '../../src/requests/queue-message.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import type { WorkQueue } from '../../src/requests/store.ts';
import { createSweep } from '../../src/requests/sweep.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { HOST_AT_ONCE } from './bench-app.ts';
import type { Measurement } from './measurement.ts';
import { createEmptyOrganization } from './organization.ts';
import { createVirtualTime, type VirtualTime } from './pace/virtual-time.ts';
import { at, createRequests } from './requests.ts';
import { toAppSettings } from './settings.ts';
import { countEntries } from './stored.ts';

const REQUESTS = 4_000;
const INSTANCES = 3;
const CALLS_PER_MINUTE = 300;
const MINUTE_MS = 60_000;
/** Until the rate is known. */
const LEARNING_MINUTES = 4;
const MEASURED_MINUTES = 8;
const log = { info: () => {}, warn: () => {} };

/**
 * A backlog that Webex lets through in about half an hour, two calls for each request, on real tables and in virtual
 * time: for each call to Webex, how many checks of a request found that it has to wait on.
 */
export const backlog: Measurement = {
  names: ['backlog'],
  async run(say) {
    const time = createVirtualTime(createSettle());
    const azurite = await startAzurite();
    const simulator = await startWebexSimulator({
      createOrganization: () => createEmptyOrganization(REQUESTS),
      token: LOCAL_TOKEN,
    });
    const webex = await startLimitedWebex(simulator.apiUrl, time);
    try {
      await provision(azurite.connectionString, '');
      const queue = createQueue(time);
      const { sweep, instances, requestStore } = createInstances(
        azurite.connectionString,
        webex.apiUrl,
        time,
        queue,
      );
      queue.serve(instances);
      await submit(requestStore, queue, time);
      const passMinutes = async (count: number) => {
        for (let minute = 1; minute <= count; minute += 1) {
          await time.pass(MINUTE_MS);
          await sweep(log);
          say(`${webex.seen.accepted} calls, ${queue.seen.handled} checks`);
        }
        const { succeeded = 0 } = await countEntries(azurite.connectionString);
        return { ...queue.seen, ...webex.seen, succeeded };
      };
      const before = await passMinutes(LEARNING_MINUTES);
      const after = await passMinutes(MEASURED_MINUTES);
      if (after.succeeded === REQUESTS) throw new Error('there is no backlog any more');
      const performed = after.succeeded - before.succeeded;
      const calls = after.accepted - before.accepted;
      const inVain = after.handled - before.handled - performed;
      const detail = {
        'minutes until the rate is known, and measured': `${LEARNING_MINUTES} ${MEASURED_MINUTES}`,
        'requests, and of them performed meanwhile': `${REQUESTS} ${performed}`,
        'Webex calls, of which 429': `${calls} ${after.limited - before.limited}`,
        'share of the limit used': calls / (MEASURED_MINUTES * CALLS_PER_MINUTE),
        'checks in vain': inVain,
        'checks in vain before': before.handled - before.succeeded,
      };
      return [{ name: 'backlog', ratio: inVain / calls, better: 'lower', goal: 1, detail }];
    } finally {
      for (const part of [webex, simulator, azurite]) await part.stop();
    }
  },
};

type Queue = ReturnType<typeof createQueue>;
type HandleMessage = (target: WorkTarget) => Promise<void>;

/** A queue in virtual time, with the polling of as many hosts as there are instances. */
function createQueue(time: VirtualTime) {
  const seen = { handled: 0 };
  const visible: WorkTarget[] = [];
  let hosts: { readonly handle: HandleMessage; running: number }[] = [];

  function deliver(): void {
    for (const host of hosts) {
      while (host.running < HOST_AT_ONCE) {
        const next = visible.shift();
        if (!next) return;
        host.running += 1;
        void handle(host, next);
      }
    }
  }

  async function handle(host: (typeof hosts)[number], target: WorkTarget): Promise<void> {
    await host.handle(target);
    seen.handled += 1;
    host.running -= 1;
    deliver();
  }

  return {
    seen,
    serve(handlers: readonly HandleMessage[]) {
      hosts = handlers.map((handle) => ({ handle, running: 0 }));
    },
    messages: {
      async send({ requestId, personKey, fencingToken }, delayMs = 0) {
        void time.sleep(delayMs).then(() => {
          visible.push({ requestId, personKey, fencingToken });
          deliver();
        });
      },
    } satisfies WorkQueue,
  };
}

function createInstances(connectionString: string, apiUrl: string, time: VirtualTime, { messages }: Queue) {
  const config = parseConfig(toAppSettings(connectionString, apiUrl));
  const storage = createStorageClients(config.storage);
  const requestStore = createTableRequestStore(storage, config.retentionMs);
  const audit = { append: async () => {} };
  const guardrails = createGuardrailsApp(
    { config, storage, requestStore, workQueue: messages, audit, ...time, instance: 'all' },
    { ownOrg: async () => undefined, licenseName: async () => undefined, callsWithin: async () => 0 },
  );
  const apps = Array.from({ length: INSTANCES }, (_, index) =>
    createWorkerApp(
      {
        ...{ config, storage, requestStore, workQueue: messages, ...time, random: Math.random },
        audit,
        tellEnded: async () => {},
        newId: () => `${index}`.repeat(8),
        instance: `i${index}`,
      },
      guardrails,
      async (received) => [received as WorkTarget],
    ),
  );
  const [first] = apps;
  if (!first) throw new Error('there is no instance');
  const { callsWithin } = first;
  return {
    requestStore,
    sweep: createSweep({
      requestStore,
      workQueue: messages,
      callsWithin,
      isPaused: guardrails.isPaused,
      clock: time.clock,
      instance: 'sweep',
    }),
    instances: apps.map(
      ({ handleMessage }): HandleMessage =>
        (target) =>
          handleMessage(target, target.requestId, log),
    ),
  };
}

async function submit(
  requestStore: ReturnType<typeof createInstances>['requestStore'],
  { messages }: Queue,
  time: VirtualTime,
): Promise<void> {
  const requests = createRequests(REQUESTS).map(({ version: _version, ...request }) =>
    licenseRequestSchema.parse(request),
  );
  const added: StoredRequest[] = [];
  await at(16, [...requests.entries()], async ([number, request]) => {
    const record = acceptRequest(`backlog-${number}`, request, { at: time.clock(), instance: 'intake' });
    for (const { record: stored } of await requestStore.add([record])) added.push(stored);
  });
  for (const record of added) await messages.send(record, 0);
}

/** The simulator behind a limit of calls for each minute of the virtual clock. */
async function startLimitedWebex(apiUrl: string, { clock }: VirtualTime) {
  const seen = { accepted: 0, limited: 0 };
  let minute = 0;
  let used = 0;
  const server = createServer(async (request, response) => {
    const nowMs = clock().getTime();
    const current = Math.floor(nowMs / MINUTE_MS);
    if (current !== minute) used = 0;
    minute = current;
    if (used >= CALLS_PER_MINUTE) {
      seen.limited += 1;
      const seconds = Math.ceil(((current + 1) * MINUTE_MS - nowMs) / 1_000);
      response.writeHead(429, { 'retry-after': String(seconds) }).end('{}');
      return;
    }
    used += 1;
    seen.accepted += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = 'GET', headers, url = '' } = request;
    const { authorization = '', 'content-type': type = 'application/json' } = headers;
    const answer = await fetch(`${new URL(apiUrl).origin}${url}`, {
      method,
      headers: { authorization, 'content-type': type },
      ...(method === 'PATCH' && { body: Buffer.concat(chunks) }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    seen,
    apiUrl: `http://127.0.0.1:${port}${new URL(apiUrl).pathname}`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const CALM_TURNS = 3;

/** Waits until no HTTP request of this process is under way: storage and Webex take no virtual time. */
function createSettle(): () => Promise<void> {
  let underWay = 0;
  channel('http.client.request.start').subscribe(() => {
    underWay += 1;
  });
  for (const end of ['http.client.response.finish', 'http.client.request.error'])
    channel(end).subscribe(() => {
      underWay -= 1;
    });
  return async () => {
    for (let calm = 0; calm < CALM_TURNS; ) {
      await (underWay === 0 ? new Promise((resolve) => setImmediate(resolve)) : delay(1));
      calm = underWay === 0 ? calm + 1 : 0;
    }
  };
}
