import { describe, expect, test } from '@jest/globals';
import { QUEUES } from '../../src/storage/names.ts';
import { hrEventWork, requestWork } from '../../src/storage/queues/work-messages.ts';
import { createWorkQueue } from '../../src/storage/queues/work-queue.ts';
import { useStorage } from '../use-storage.ts';

/** What the port of work messages promises, asked of its adapter on real storage. */
const storage = useStorage();

describe('the work messages', () => {
  test('are on the queue without an end, at once or later', async () => {
    const workQueue = { send: createWorkQueue(storage.clients(), requestWork) };
    const personKey = 'a'.repeat(24);
    await workQueue.send({ requestId: 'now', personKey, fencingToken: 0 }, 0);
    await workQueue.send({ requestId: 'later', personKey, fencingToken: 1 }, 60_000);
    const queue = await storage.clients().queue(QUEUES.licenseRequests);
    const { receivedMessageItems: received } = await queue.receiveMessages({ numberOfMessages: 32 });
    expect(received.map(({ messageText }) => JSON.parse(messageText))).toEqual([
      { version: 1, due: [{ requestId: 'now', personKey, delivery: 0 }] },
    ]);
    expect(received[0]?.expiresOn.getFullYear()).toBeGreaterThan(9_000);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(2);
    await queue.clearMessages();
  });

  test('sent at the same time share messages, but for those that are to come later', async () => {
    const workQueue = { send: createWorkQueue(storage.clients(), requestWork) };
    const targets = Array.from({ length: 100 }, (_, fencingToken) => {
      return { requestId: `burst-${fencingToken}`, personKey: 'b'.repeat(24), fencingToken };
    });
    await Promise.all(
      targets.map((target) => workQueue.send(target, target.fencingToken % 25 === 0 ? 60_000 : 0)),
    );
    const queue = await storage.clients().queue(QUEUES.licenseRequests);
    expect((await queue.getProperties()).approximateMessagesCount).toBeLessThan(25);
    const { receivedMessageItems: received } = await queue.receiveMessages({ numberOfMessages: 32 });
    const due = received.flatMap(({ messageText }) => JSON.parse(messageText).due);
    expect(due).toHaveLength(96);
    const sent = targets.map(({ fencingToken, ...names }) => ({ ...names, delivery: fencingToken }));
    expect(due).toEqual(expect.arrayContaining(sent.filter(({ delivery }) => delivery % 25 !== 0)));
    await queue.clearMessages();
  });

  test('of a burst of HR events begin once its answers are sent, and one alone at once', async () => {
    const send = createWorkQueue(storage.clients(), hrEventWork);
    const queue = await storage.clients().queue(QUEUES.hrEvents);
    await send({ eventKey: 'alone' });
    const { receivedMessageItems: alone } = await queue.receiveMessages({ numberOfMessages: 32 });
    expect(alone).toHaveLength(1);
    await Promise.all(Array.from({ length: 64 }, (_, event) => send({ eventKey: `burst-${event}` })));
    const { peekedMessageItems: visible } = await queue.peekMessages({ numberOfMessages: 32 });
    const count = (await queue.getProperties()).approximateMessagesCount ?? 0;
    expect(visible.length).toBeLessThan(count - alone.length);
    expect(count - alone.length).toBeLessThanOrEqual(16);
    await queue.clearMessages();
  });
});
