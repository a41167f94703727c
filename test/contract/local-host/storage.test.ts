import { BlobServiceClient } from '@azure/storage-blob';
import { type QueueClient, QueueSASPermissions, QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Azurite } from '../../../infra/local/azurite.ts';
import { toMessageTexts } from '../../../infra/local/host/message-xml.ts';
import { until } from '../../flow/until.ts';
import { takeAzurite } from '../../worker-azurite.ts';
import { createToys } from './toy.ts';

/** Queue and timer triggers on real queues and blobs. */
let azurite: Azurite;
let app: string;
const toys = createToys(() => azurite.connectionString);

beforeAll(async () => {
  azurite = await takeAzurite();
  app = await toys.buildToy({
    hostJson: { extensions: { queues: { maxDequeueCount: 3, batchSize: 4, newBatchThreshold: 2 } } },
    code: `
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let atOnce = 0;
app.storageQueue('work', { queueName: '%QUEUE%', connection: 'Queues', handler: async (message, context) => {
  atOnce += 1;
  context.log(JSON.stringify({ took: { message, atOnce, metadata: context.triggerMetadata } }));
  // A message sent by hand was never taken.
  const dequeueCount = context.triggerMetadata.dequeueCount || 1;
  try {
    if (message.sleepMs) await sleep(message.sleepMs);
    if (dequeueCount <= (message.dies ?? 0)) process.exit(9);
    if (dequeueCount <= (message.fails ?? 0)) throw new Error('failed on purpose');
    if (message.hangs) await new Promise(() => {});
  } finally { atOnce -= 1; }
  context.log(JSON.stringify({ did: message }));
} });
app.storageQueue('poison', { queueName: '%QUEUE%-poison', connection: 'Queues', handler: (message, context) => {
  context.log(JSON.stringify({ gotPoison: { message, at: Date.now(), count: context.triggerMetadata.dequeueCount } }));
  if (message.poisonFails) throw new Error('failed on purpose');
} });
app.timer('tick', { schedule: '%TICK%', handler: async (timer, context) => {
  context.log(JSON.stringify({ tick: timer }));
} });
`,
  });
});
afterEach(() => toys.clear());
afterAll(() => toys.stop());

interface Took {
  readonly message: unknown;
  readonly atOnce: number;
  readonly metadata: Record<string, unknown>;
}
let number = 0;

/** A queue of its own, and what starts hosts on it; the hosts of one test share their timers. */
async function createPlace(appOf = () => app) {
  number += 1;
  const queueName = `work-${number}`;
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  const queue = service.getQueueClient(queueName);
  const send = (message: unknown) => queue.sendMessage(toBase64(JSON.stringify(message)));
  const start = (settings: Record<string, string> = {}, more: object = {}) =>
    toys.start(appOf(), {
      settings: {
        QUEUE: queueName,
        TICK: '0 0 5 * * *',
        AzureWebJobsQueues: azurite.connectionString,
        AzureFunctionsWebHost__hostid: queueName,
        'AzureWebJobs.poison.Disabled': 'true',
        ...settings,
      },
      ...more,
    });
  const statusBlob = BlobServiceClient.fromConnectionString(azurite.connectionString)
    .getContainerClient('azure-webjobs-hosts')
    .getBlockBlobClient(`timers/${queueName}/Host.Functions.tick/status`);
  return { queue, poison: service.getQueueClient(`${queueName}-poison`), send, start, statusBlob };
}

const toBase64 = (text: string) => Buffer.from(text).toString('base64');
const count = async (queue: QueueClient) => (await queue.getProperties()).approximateMessagesCount;
const isEmpty = async (queue: QueueClient) => (await count(queue)) === 0 || undefined;

describe('a queue trigger', () => {
  test('waits for a queue that is not there, and does not create it', async () => {
    const { queue, send, start } = await createPlace();
    const { said } = await start();
    expect(await queue.exists()).toBe(false);
    await queue.create();
    await send({ a: 1 });
    await until('the message', () => said('did')[0]);
    await until('an empty queue', () => isEmpty(queue));
  });

  test('gives the facts of the message', async () => {
    const { queue, send, start } = await createPlace();
    await queue.create();
    const { messageId } = await send({ dequeuecount: 77, person: { email: 'a@example.com' } });
    const { said } = await start();
    const { metadata } = await until('the message', () => said<Took>('took')[0]);
    expect(metadata).toMatchObject({
      id: messageId,
      dequeueCount: 77,
      person: { email: 'a@example.com' },
      insertionTime: expect.stringMatching(/\+00:00$/),
      popReceipt: expect.any(String),
    });
  });

  test('tries again what fails and what its worker did not survive, and leaves nothing', async () => {
    const { queue, poison, send, start } = await createPlace();
    await queue.create();
    await send({ name: 'fails', fails: 2 });
    await send({ name: 'dies', dies: 1 });
    const { said, events } = await start();
    await until('both', () => said('did').length === 2 || undefined);
    expect(events('message-failed').length).toBeGreaterThanOrEqual(3);
    expect(events('worker-exited')).toHaveLength(1);
    await until('an empty queue', () => isEmpty(queue));
    expect(await poison.exists()).toBe(false);
  });

  test('puts on the poison queue what cannot be read, at once and as it is', async () => {
    const { queue, poison, start } = await createPlace();
    await queue.create();
    await queue.sendMessage('{"plain":"text"}');
    const { said, events } = await start();
    await until('the poison', () => events('message-poisoned')[0]);
    const { peekedMessageItems } = await poison.peekMessages();
    expect(peekedMessageItems.map(({ messageText }) => messageText)).toEqual(['{"plain":"text"}']);
    expect([said('took'), events('message-failed'), events('message-unreadable').length]).toEqual([
      [],
      [],
      1,
    ]);
    await until('an empty queue', () => isEmpty(queue));
  });

  test('hands what it moves to the poison queue to that queue’s own', async () => {
    const { queue, poison, send, start } = await createPlace();
    await queue.create();
    await poison.create();
    const { said, events } = await start({ 'AzureWebJobs.poison.Disabled': 'false' });
    await send({ fails: 3 });
    await until('the poison', () => events('message-poisoned')[0]);
    await until('its run', () => said('gotPoison')[0]);
  });

  test('of a poison queue runs what fails again, also more often than is allowed', async () => {
    const { queue, poison, start } = await createPlace();
    await queue.create();
    await poison.create();
    await poison.sendMessage(toBase64('{"poisonFails":true}'));
    await poison.sendMessage('{"plain":"text"}');
    const { said, events } = await start(
      { 'AzureWebJobs.poison.Disabled': 'false' },
      { timing: { messageLeaseSeconds: 1 } },
    );
    const counts = () => said<{ count: number }>('gotPoison').map(({ count }) => count);
    await until('the fifth run', () => counts().includes(5) || undefined, 30_000);
    expect(counts().slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(events('message-poisoned')).toEqual([]);
    expect(await count(poison)).toBe(2);
  });

  test('puts there without running what was taken too often already', async () => {
    const { queue, poison, send, start } = await createPlace();
    await queue.create();
    await send({ name: 'often' });
    for (let deliveries = 0; deliveries < 3; deliveries += 1) {
      const [taken] = (await queue.receiveMessages({ visibilityTimeout: 60 })).receivedMessageItems;
      if (!taken) throw new Error('no message');
      await queue.updateMessage(taken.messageId, taken.popReceipt, taken.messageText, 0);
    }
    const { said, events } = await start();
    await until('the poison', () => events('message-poisoned')[0]);
    expect(said('took')).toEqual([]);
    expect(await count(poison)).toBe(1);
  });

  test('takes no more at once than a batch beyond its threshold', async () => {
    const { queue, send, start } = await createPlace();
    await queue.create();
    await Promise.all(Array.from({ length: 20 }, (_, index) => send({ index, sleepMs: 60 })));
    const { said } = await start();
    await until('all', () => said('did').length === 20 || undefined);
    const most = Math.max(...said<Took>('took').map(({ atOnce }) => atOnce));
    expect(most).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(6);
  });

  test('settles what it killed in a stop that took too long: it is tried again', async () => {
    const { queue, send, start } = await createPlace();
    await queue.create();
    await send({ hangs: true });
    const { host, said } = await start({}, { drainTimeoutMs: 200 });
    await until('its begin', () => said('took')[0]);
    await host.stop();
    expect((await queue.receiveMessages()).receivedMessageItems).toMatchObject([{ dequeueCount: 2 }]);
  });

  test('runs by hand, and the run is waited for in a stop', async () => {
    const { start } = await createPlace();
    const { host, said, runByHand } = await start();
    const input = JSON.stringify({ input: '{"sleepMs":200}' });
    expect((await runByHand('WORK', input)).status).toBe(202);
    await until('its begin', () => said('took')[0]);
    await host.stop();
    expect(said('did')).toHaveLength(1);
  });

  test('is not run by hand with a body that is none', async () => {
    const { start } = await createPlace();
    const { runByHand } = await start();
    expect((await runByHand('work', '{"input":7}')).status).toBe(400);
    expect((await runByHand('work', 'nonsense')).status).toBe(400);
  });
});

describe('a queue trigger that takes plain text', () => {
  let plain: string;
  beforeAll(async () => {
    plain = await toys.buildToy({
      hostJson: { extensions: { queues: { maxDequeueCount: 2, messageEncoding: 'none' } } },
      code: `
app.storageQueue('work', { queueName: '%QUEUE%', connection: 'Queues', handler: (message, context) => {
  context.log(JSON.stringify({ took: { message, text: context.triggerMetadata.queueTrigger } }));
  if (message.fails) throw new Error('failed on purpose');
} });
`,
    });
  });

  /** As a client of another language sends it. */
  async function sendXml(queue: QueueClient, xml: string): Promise<void> {
    const permissions = QueueSASPermissions.parse('a');
    const url = await queue.generateSasUrl({ permissions, expiresOn: new Date(Date.now() + 60_000) });
    const body = `<QueueMessage><MessageText>${xml}</MessageText></QueueMessage>`;
    const { status } = await fetch(url.replace('?', '/messages?'), { method: 'POST', body });
    expect(status).toBe(201);
  }

  test('gives its text as it was sent, line ends and spaces included', async () => {
    const { queue, start } = await createPlace(() => plain);
    await queue.create();
    await sendXml(queue, '{&#xD;&#xA;  "a": "&amp;#xD; &lt;b&gt; &#233;"&#13;&#10;}&#13;');
    await sendXml(queue, '  no json&#xD;&#xA; ');
    const { said } = await start();
    await until('both', () => said('took').length === 2 || undefined);
    expect(said('took')).toEqual(
      expect.arrayContaining([
        { message: { a: '&#xD; <b> é' }, text: { a: '&#xD; <b> é' } },
        { message: '  no json\r\n ', text: '  no json\r\n ' },
      ]),
    );
  });

  test('tries again, and moves to the poison queue, the very text that was sent', async () => {
    const { queue, poison, start } = await createPlace(() => plain);
    await queue.create();
    await sendXml(queue, '{&#13;&#10;"fails":&#10;&#10;&#9;"&amp;#13;"&#13;&#10;}');
    const first = await start();
    await until('the poison', () => first.events('message-poisoned')[0]);
    expect(first.said('took')).toHaveLength(2);
    await first.host.stop();
    const permissions = QueueSASPermissions.parse('r');
    const url = await poison.generateSasUrl({ permissions, expiresOn: new Date(Date.now() + 60_000) });
    const xml = await (await fetch(url.replace('?', '/messages?peekonly=true&'))).text();
    expect(toMessageTexts(xml)).toEqual(['{\r\n"fails":\n\n\t"&#13;"\r\n}']);
  });
});

describe('a timer trigger', () => {
  interface Tick {
    readonly isPastDue: boolean;
    readonly scheduleStatus: { readonly last: string; readonly next: string } | null;
  }
  const readStatus = async (blob: Awaited<ReturnType<typeof createPlace>>['statusBlob']) =>
    (await blob.exists()) ? JSON.parse((await blob.downloadToBuffer()).toString()) : undefined;

  test('begins its status, and catches up once on what was missed', async () => {
    const { start, statusBlob } = await createPlace();
    const first = await start();
    const begun = await until('its status', () => readStatus(statusBlob));
    expect(begun.Last).toBe('0001-01-01T00:00:00+00:00');
    expect(begun.Next).toMatch(/T05:00:00\.000\+00:00$/);
    await first.host.stop();
    expect(first.said('tick')).toEqual([]);

    const missed = { Last: '2026-01-01T05:00:00.002+00:00', Next: '2026-01-02T05:00:00.000+00:00' };
    const text = JSON.stringify({ ...missed, LastUpdated: missed.Last });
    await statusBlob.upload(text, text.length);
    const hosts = await Promise.all([start(), start()]);
    const ticks = () => hosts.flatMap(({ said }) => said<Tick>('tick'));
    await until('its status after the run', async () =>
      (await readStatus(statusBlob)).Last > missed.Last ? true : undefined,
    );
    expect(ticks()).toMatchObject([
      { isPastDue: true, scheduleStatus: { last: missed.Last, next: missed.Next } },
    ]);
    await Promise.all(hosts.map(({ host }) => host.stop()));
    expect(ticks()).toHaveLength(1);
  });

  test('is run by the next host once the first has stopped', async () => {
    const { start } = await createPlace();
    const first = await start({ TICK: '* * * * * *' });
    await until('a tick', () => first.said('tick')[0]);
    await first.host.stop();
    const second = await start({ TICK: '* * * * * *' });
    expect(await until('a tick', () => second.said<Tick>('tick')[0])).toMatchObject({
      isPastDue: false,
      scheduleStatus: null,
    });
  });
});
