import type { Messages } from '../../requests/leave-for-newer.ts';
import type { PoisonQueue } from '../../requests/poison/sweep-poison.ts';
import { createBatcher } from '../batcher.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';

/** Storage queues keep a message for a week unless they are told otherwise. */
const NEVER_EXPIRES = -1;
/** Characters that JSON may hold and XML may not: the service takes them, and may never deliver them. */
const NOT_OF_XML = /[\ufffe\uffff]/g;

interface Times {
  readonly delaySeconds?: number;
  readonly ttlSeconds?: number;
}

/** Sends text to a queue. Durable when it resolves. */
async function sendText(
  storage: StorageClients,
  name: string,
  text: string,
  { delaySeconds = 0, ttlSeconds = NEVER_EXPIRES }: Times = {},
): Promise<void> {
  const queue = await storage.queue(name);
  const escaped = text.replace(NOT_OF_XML, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
  const times = { visibilityTimeout: delaySeconds, messageTimeToLive: ttlSeconds };
  await callStorage(
    `${name}.send`,
    () => queue.createIfNotExists(),
    () => queue.sendMessage(escaped, times),
  );
}

const toSeconds = (ms: number) => Math.ceil(ms / 1_000);

/** How messages of one kind are written. */
export interface WorkCodec<T> {
  readonly queue: string;
  readonly encode: (items: readonly [T, ...T[]]) => string;
  /** Of one message; without it, each item has its own. */
  readonly maxItems?: number;
  /** Items with the same key are never in one message. */
  readonly keyOf?: (item: T) => string;
}

const SENDS_AT_ONCE = 8;

/** A queue of work messages. Items that are sent at the same time, to be seen at the same time, have one message. */
export function createWorkQueue<T>(
  storage: StorageClients,
  { queue, encode, maxItems = 1, keyOf }: WorkCodec<T>,
): (item: T, delayMs?: number) => Promise<void> {
  const send = createBatcher<{ readonly item: T; readonly delaySeconds: number }, void>(
    {
      maxSize: maxItems,
      callsAtOnce: SENDS_AT_ONCE,
      groupOf: ({ delaySeconds }) => String(delaySeconds),
      keysOf: ({ item }) => (keyOf ? [keyOf(item)] : []),
    },
    async ([first, ...others]) => {
      if (first === undefined) return [];
      const text = encode([first.item, ...others.map(({ item }) => item)]);
      await sendText(storage, queue, text, { delaySeconds: first.delaySeconds });
      return [undefined, ...others.map(() => undefined)];
    },
  );
  return (item, delayMs = 0) => send({ item, delaySeconds: toSeconds(delayMs) });
}

/** Any queue, for messages that are put back as they are. */
export const createQueueMessages = (storage: StorageClients): Messages => ({
  send: (name, text, { delayMs, ttlMs }) =>
    sendText(storage, name, text, { delaySeconds: toSeconds(delayMs), ttlSeconds: toSeconds(ttlMs) }),
});

const MAX_RECEIVED = 32;
const HIDDEN_SECONDS = 5 * 60;

/** The queue to which the Functions host moves the messages of another one that it gave up on. */
export function createPoisonQueue(storage: StorageClients, name: string): PoisonQueue {
  const queue = () => storage.queue(name);
  const create = async () => (await queue()).createIfNotExists();
  return {
    async receive() {
      const client = await queue();
      const settings = { numberOfMessages: MAX_RECEIVED, visibilityTimeout: HIDDEN_SECONDS };
      const { receivedMessageItems } = await callStorage(`${name}.receive`, create, () =>
        client.receiveMessages(settings),
      );
      return receivedMessageItems.map((item) => ({
        text: item.messageText,
        delivery: { id: item.messageId, insertedAt: item.insertedOn, expiresAt: item.expiresOn },
        tries: item.dequeueCount,
        receipt: item.popReceipt,
      }));
    },

    async remove({ delivery, receipt }) {
      const client = await queue();
      // Another sweep has it by then, or had it.
      await callStorage(`${name}.remove`, create, () =>
        ignoreStatus([400, 404], undefined, client.deleteMessage(delivery.id, receipt)),
      );
    },
  };
}
