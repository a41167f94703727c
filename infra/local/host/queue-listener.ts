import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueFunction } from './functions.ts';
import type { QueueSettings } from './host-json.ts';
import { toPollDelayMs } from './poll-delay.ts';
import type { TypedData } from './rpc.ts';
import { mergeMetadata, toBodyMembers } from './trigger-metadata.ts';
import { createWait } from './wait.ts';

/** A listener that runs until it is stopped. */
export interface Listener {
  /** Takes no more; returns once what runs has ended and is settled. */
  stop(): Promise<void>;
  /** As if the machine died: nothing more is settled. */
  abandon(): void;
}

export type Invoke = (
  functionName: string,
  input: TypedData,
  metadata: Readonly<Record<string, unknown>>,
) => Promise<unknown>;

interface Deps {
  readonly settings: QueueSettings;
  readonly invoke: Invoke;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
  readonly random: () => number;
}

const VISIBILITY_SECONDS = 600;
/** At the half of the visibility, as the host does. */
const RENEW_AFTER_MS = 300_000;
/** The host's own cap in its Development environment: a person is waiting. */
const MAX_LOCAL_POLL_MS = 2_000;

/** Polls one queue and invokes its function for each message, with the delivery rules of the storage extension. */
export function startQueueListener(fn: QueueFunction, { settings, invoke, onEvent, random }: Deps): Listener {
  const service = QueueServiceClient.fromConnectionString(fn.connectionString, {
    retryOptions: { maxTries: 2, retryDelayInMs: 100 },
  });
  const queue = service.getQueueClient(fn.queueName);
  const poison = fn.queueName.endsWith('-poison')
    ? undefined
    : service.getQueueClient(`${fn.queueName}-poison`);
  const wait = createWait();
  const active = new Set<Promise<void>>();
  let isAbandoned = false;
  const maxDelayMs = Math.min(settings.maxPollingIntervalMs, MAX_LOCAL_POLL_MS);

  const listening = (async () => {
    let misses = 0;
    while (!wait.isStopped) {
      const messages = await receive();
      misses = messages.length > 0 ? 0 : misses + 1;
      for (const message of messages) {
        const task = handle(message).finally(() => active.delete(task));
        active.add(task);
      }
      if (misses > 0) await wait.forMs(toPollDelayMs(misses, maxDelayMs, random));
      while (active.size > settings.newBatchThreshold && !isAbandoned) await Promise.race(active);
    }
    if (!isAbandoned) await Promise.all(active);
  })();

  async function receive(): Promise<readonly DequeuedMessageItem[]> {
    try {
      const options = { numberOfMessages: settings.batchSize, visibilityTimeout: VISIBILITY_SECONDS };
      return (await queue.receiveMessages(options)).receivedMessageItems;
    } catch (error) {
      // A queue that is not there is polled for, and never created by its listener.
      if (!isNotFound(error)) onEvent('queue-unreachable', toMessage(error), fn.name);
      return [];
    }
  }

  async function handle(message: DequeuedMessageItem): Promise<void> {
    const lease = startRenewal(queue, message, (error) =>
      onEvent('renewal-failed', toMessage(error), fn.name),
    );
    try {
      const isOk = message.dequeueCount <= settings.maxDequeueCount && (await run(message));
      lease.stop();
      if (isAbandoned) return;
      if (isOk) await queue.deleteMessage(message.messageId, lease.popReceipt());
      else await reject(message, lease.popReceipt());
    } catch (error) {
      lease.stop();
      // Somebody else has the message by now, or storage is away: it is delivered again.
      onEvent('message-not-settled', toMessage(error), fn.name);
    }
  }

  async function run(message: DequeuedMessageItem): Promise<boolean> {
    const text = decode(message.messageText);
    const facts = {
      QueueTrigger: text,
      DequeueCount: String(message.dequeueCount),
      Id: message.messageId,
      PopReceipt: message.popReceipt,
      ExpirationTime: toOffsetTime(message.expiresOn),
      InsertionTime: toOffsetTime(message.insertedOn),
      NextVisibleTime: toOffsetTime(message.nextVisibleOn),
    };
    try {
      await invoke(fn.name, { string: text }, mergeMetadata(facts, toBodyMembers(text)));
      return true;
    } catch (error) {
      onEvent('message-failed', `${toMessage(error)} (delivery ${message.dequeueCount})`, fn.name);
      return false;
    }
  }

  async function reject(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    const { messageId, messageText, dequeueCount } = message;
    // What fails on a poison queue has nowhere to go: it stays invisible, and comes again.
    if (!poison) return;
    if (dequeueCount < settings.maxDequeueCount) {
      const seconds = settings.visibilityTimeoutMs / 1_000;
      await queue.updateMessage(messageId, popReceipt, messageText, seconds);
      return;
    }
    await poison.createIfNotExists();
    await poison.sendMessage(messageText);
    await queue.deleteMessage(messageId, popReceipt);
    onEvent('message-poisoned', `${messageId} went to ${poison.name}`, fn.name);
  }

  const decode = (text: string) =>
    settings.messageEncoding === 'none' ? text : Buffer.from(text, 'base64').toString('utf8');

  return {
    async stop() {
      wait.stop();
      await listening;
    },
    abandon() {
      isAbandoned = true;
      wait.stop();
    },
  };
}

/** Keeps a message invisible while its function runs. */
function startRenewal(queue: QueueClient, message: DequeuedMessageItem, onError: (error: unknown) => void) {
  let { popReceipt } = message;
  const timer = setInterval(async () => {
    try {
      const { messageId, messageText } = message;
      const renewed = await queue.updateMessage(messageId, popReceipt, messageText, VISIBILITY_SECONDS);
      popReceipt = renewed.popReceipt ?? popReceipt;
    } catch (error) {
      clearInterval(timer);
      onError(error);
    }
  }, RENEW_AFTER_MS);
  return { popReceipt: () => popReceipt, stop: () => clearInterval(timer) };
}

const isNotFound = (error: unknown) =>
  error instanceof Error && 'statusCode' in error && error.statusCode === 404;
const toMessage = (error: unknown) => (error instanceof Error ? error.message : String(error));
const toOffsetTime = (date: Date) => date.toISOString().replace('Z', '+00:00');
