import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Azurite } from '../../../infra/local/azurite.ts';
import { until } from '../../flow/until.ts';
import { createParts } from '../../parts.ts';
import { type Gatekeeper, type StorageGate, startStorageGate } from '../../storage-gate.ts';
import { takeAzurite } from '../../worker-azurite.ts';
import { createToys } from './toy.ts';

/** What the host does where its own calls to storage fail. Six tries take 26 ms here, and 26 s elsewhere. */
const TIMING = { storageRetryMs: 1, restartMs: 1 };
let azurite: Azurite;
let gate: StorageGate;
let app: string;
const toys = createToys(() => gate.connectionString);

const started = createParts();
beforeAll(async () => {
  azurite = await takeAzurite();
  gate = await started(startStorageGate(azurite));
  const queues = { maxDequeueCount: 2, maxPollingInterval: '00:00:01', messageEncoding: 'none' };
  app = await toys.buildToy({
    hostJson: { extensions: { queues } },
    code: `
app.storageQueue('work', { queueName: '%QUEUE%', connection: '', handler: async (message, context) => {
  console.log(JSON.stringify({ took: message }));
  if (message === 'slow') await new Promise((resolve) => setTimeout(resolve, 700));
  if (String(message).startsWith('fails')) throw new Error('failed on purpose');
} });
app.timer('tick', { schedule: '%TICK%', handler: () => console.log(JSON.stringify({ tick: 1 })) });
app.http('ping', { authLevel: 'anonymous', handler: () => ({ body: 'pong' }) });
`,
  });
});
afterEach(async () => {
  gate.open();
  await toys.clear();
});
afterAll(() => toys.stop());

let number = 0;
async function createPlace() {
  number += 1;
  const queueName = `away-${number}`;
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  const queue = service.getQueueClient(queueName);
  await queue.create();
  const start = (timing: object = {}, settings: Record<string, string> = {}) =>
    toys.start(app, {
      timing: { ...TIMING, ...timing },
      settings: {
        QUEUE: queueName,
        TICK: '0 0 5 1 1 *',
        AzureWebJobsStorage: gate.connectionString,
        AzureFunctionsWebHost__hostid: queueName,
        ...settings,
      },
    });
  return { queue, queueName, start, poison: service.getQueueClient(`${queueName}-poison`) };
}

const isReceive = (path: string) => /\/messages\?(?!.*peekonly)/.test(path);
const NO_ROLE = { status: 403, code: 'AuthorizationPermissionMismatch' };
const BUSY = { status: 503, code: 'ServerBusy' };

/** Of calls to this queue that have this method, and are of this kind. */
const on =
  (
    queueName: string,
    method: string,
    answer: ReturnType<Gatekeeper>,
    isOf = (_path: string) => true,
  ): Gatekeeper =>
  (call) =>
    call.service === 'queue' &&
    call.method === method &&
    call.path.includes(`/${queueName}/`) &&
    isOf(call.path)
      ? answer
      : undefined;

describe('a host', () => {
  test('ends after six tries where a poll is cut off, and is started again at the same address', async () => {
    const { queue, queueName, start } = await createPlace();
    const { events, said, call, host } = await start();
    let polls = 0;
    gate.keep(({ service, path }) => {
      if (service !== 'queue' || !path.includes(queueName)) return undefined;
      polls += 1;
      return polls <= 6 ? 'drop' : undefined;
    });
    await until('the end', () => events('host-ended')[0]);
    expect(polls).toBe(6);
    await until('another start', () => events('host-started')[0]);
    await queue.sendMessage('after');
    await until('the message', () => said('took').includes('after') || undefined);
    expect(await (await call('/api/ping')).text()).toBe('pong');
    expect(host.functions).toContainEqual({ name: 'ping', trigger: 'http', route: 'api/ping' });
  });

  test('goes on where five tries of a poll fail', async () => {
    const { queue, queueName, start } = await createPlace();
    const { events, said } = await start();
    let polls = 0;
    gate.keep(({ service, path }) => {
      if (service !== 'queue' || !path.includes(queueName)) return undefined;
      polls += 1;
      return polls <= 5 ? 'drop' : undefined;
    });
    await until('the sixth try', () => polls > 5 || undefined);
    await queue.sendMessage('after');
    await until('the message', () => said('took').includes('after') || undefined);
    expect(events('host-ended')).toEqual([]);
  });

  test('only waits longer where a poll is answered 503', async () => {
    const { queue, queueName, start } = await createPlace();
    const { events, said } = await start();
    gate.keep(on(queueName, 'GET', BUSY, isReceive));
    await until('two failed polls', () => events('queue-unreachable')[1]);
    gate.open();
    await queue.sendMessage('after');
    await until('the message', () => said('took').includes('after') || undefined);
    expect(events('host-ended')).toEqual([]);
  });

  test('ends again and again while its role is missing', async () => {
    const { queue, queueName, start } = await createPlace();
    gate.keep(on(queueName, 'GET', NO_ROLE, isReceive));
    const { events, said } = await start();
    await until('two ends', () => events('host-ended')[1]);
    gate.open();
    await queue.sendMessage('after');
    await until('the message', () => said('took').includes('after') || undefined);
  });

  test.each<[string, 'drop' | typeof NO_ROLE | typeof BUSY, string]>([
    ['DELETE', 'drop', 'done'],
    ['DELETE', BUSY, 'done'],
    ['PUT', NO_ROLE, 'fails'],
  ])(
    'ends where a message cannot be settled: %s %j, and the message comes again',
    async (method, answer, text) => {
      const { queue, queueName, start } = await createPlace();
      const { events, said } = await start({ messageLeaseSeconds: 1 });
      gate.keep(on(queueName, method, answer));
      await queue.sendMessage(text);
      await until('the end', () => events('host-ended')[0]);
      gate.open();
      await until('another delivery', () => said('took').length > 1 || undefined);
    },
  );

  test('ends where a running message cannot be kept', async () => {
    const { queue, queueName, start } = await createPlace();
    const { events, said } = await start({ messageLeaseSeconds: 1 });
    gate.keep(on(queueName, 'PUT', 'drop'));
    await queue.sendMessage('slow');
    await until('the end', () => events('host-ended')[0]);
    expect(events('host-ended')[0]?.message).toContain('renew');
    gate.open();
    await until('another delivery', () => said('took').length > 1 || undefined);
  });

  test('ends where a message cannot be moved to the poison queue, and the message is not lost', async () => {
    const { queue, queueName, start, poison } = await createPlace();
    const { events } = await start({ messageLeaseSeconds: 1 });
    gate.keep(on(`${queueName}-poison`, 'POST', NO_ROLE));
    await queue.sendMessage('fails');
    await until('the end', () => events('host-ended')[0]);
    expect(events('host-ended')[0]?.message).toContain('poison');
    gate.open();
    await until('the poison', () => events('message-poisoned')[0]);
    const { peekedMessageItems } = await poison.peekMessages();
    expect(peekedMessageItems.map(({ messageText }) => messageText)).toEqual(['fails']);
  });

  test('cannot begin its timers while blobs are away, and ends', async () => {
    const { start } = await createPlace();
    gate.keep(({ service }) => (service === 'blob' ? 'drop' : undefined));
    const { events, said } = await start({}, { TICK: '* * * * * *' });
    await until('the end', () => events('host-ended')[0]);
    gate.open();
    await until('a tick', () => said('tick')[0]);
  });

  test('stops while storage is away, and while it waits to be started again', async () => {
    const { start } = await createPlace();
    const { host, events } = await start({ restartMs: 60_000 });
    gate.keep(() => 'drop');
    await until('the end', () => events('host-ended')[0]);
    await host.stop();
    const other = await start({ storageRetryMs: 60_000 });
    await other.host.crash();
  });
});
