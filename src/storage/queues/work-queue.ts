import type { Messages } from '../../requests/leave-for-newer.ts';
import type { PoisonQueue } from '../../requests/poison/sweep-poison.ts';
import { createBatcher } from '../batcher.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { openQueue } from '../resources.ts';

/** Without a time to live, a storage queue drops a message after a week. */
const NEVER_EXPIRES = -1;
/** Characters that JSON allows and XML does not: the service accepts such a message, and may never deliver it. */
const NOT_OF_XML = /[\ufffe\uffff]/g;

interface Times {
  readonly delaySeconds: number;
  readonly ttlSeconds?: number;
}

/** Durable when it resolves. */
async function sendText(
  storage: StorageClients,
  name: string,
  text: string,
  { delaySeconds, ttlSeconds = NEVER_EXPIRES }: Times,
): Promise<void> {
  const escaped = text.replace(NOT_OF_XML, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
  const times = { visibilityTimeout: delaySeconds, messageTimeToLive: ttlSeconds };
  await openQueue(storage, name)(`${name}.send`, (queue) => queue.sendMessage(escaped, times));
}

const toSeconds = (ms: number) => Math.ceil(ms / 1_000);

/** The codec of one kind of messages. */
export interface WorkCodec<T> {
  readonly queue: string;
  readonly encode: (items: readonly [T, ...T[]]) => string;
  /** Per message; by default 1. */
  readonly maxItems?: number;
  /** Items with the same key never share a message. */
  readonly keyOf?: (item: T) => string;
  /** By default 8. Fewer make fuller messages. */
  readonly sendsAtOnce?: number;
  /** At least, for a message with several items; by default 0. */
  readonly sharedDelaySeconds?: number;
}

const SENDS_AT_ONCE = 8;

/** A queue of work messages. Items that are sent at the same time with the same delay share a message. */
export function createWorkQueue<T>(
  storage: StorageClients,
  { queue, encode, maxItems = 1, keyOf, sendsAtOnce = SENDS_AT_ONCE, sharedDelaySeconds = 0 }: WorkCodec<T>,
): (item: T, delayMs?: number) => Promise<void> {
  const send = createBatcher<{ readonly item: T; readonly delaySeconds: number }, void>(
    {
      maxSize: maxItems,
      callsAtOnce: sendsAtOnce,
      groupOf: ({ delaySeconds }) => String(delaySeconds),
      keysOf: ({ item }) => (keyOf ? [keyOf(item)] : []),
    },
    async ([first, ...rest]) => {
      if (first === undefined) return [];
      const text = encode([first.item, ...rest.map(({ item }) => item)]);
      const delaySeconds = Math.max(first.delaySeconds, rest.length > 0 ? sharedDelaySeconds : 0);
      await sendText(storage, queue, text, { delaySeconds });
      return [undefined, ...rest.map(() => undefined)];
    },
  );
  return (item, delayMs = 0) => send({ item, delaySeconds: toSeconds(delayMs) });
}

/** Any queue, for messages that go back unchanged. */
export const createQueueMessages = (storage: StorageClients): Messages => ({
  send: (name, text, { delayMs, ttlMs }) =>
    sendText(storage, name, text, { delaySeconds: toSeconds(delayMs), ttlSeconds: toSeconds(ttlMs) }),
});

const MAX_RECEIVED = 32;
const HIDDEN_SECONDS = 5 * 60;

/** The poison queue of a queue: after five deliveries, the Functions host moves a message there. */
export function createPoisonQueue(storage: StorageClients, name: string): PoisonQueue {
  const inQueue = openQueue(storage, name);
  return {
    async receive() {
      const settings = { numberOfMessages: MAX_RECEIVED, visibilityTimeout: HIDDEN_SECONDS };
      const { receivedMessageItems } = await inQueue(`${name}.receive`, (queue) =>
        queue.receiveMessages(settings),
      );
      return receivedMessageItems.map((item) => ({
        text: item.messageText,
        delivery: { id: item.messageId, insertedAt: item.insertedOn, expiresAt: item.expiresOn },
        tries: item.dequeueCount,
        receipt: item.popReceipt,
      }));
    },

    async remove({ delivery, receipt }) {
      // Another sweep may have received or removed the message.
      await inQueue(`${name}.remove`, (queue) =>
        ignoreStatus([400, 404], queue.deleteMessage(delivery.id, receipt)),
      );
    },
  };
}
