import { type DequeuedMessageItem, QueueServiceClient } from '@azure/storage-queue';
import type { QueueFunction } from './functions.ts';
import type { QueueSettings } from './host-json.ts';
import type { Invoke, Listener } from './listener.ts';
import { toPollDelayMs } from './poll-delay.ts';
import { createMessageRun } from './queue-message.ts';
import { createWait } from './wait.ts';

interface Deps {
  readonly settings: QueueSettings;
  readonly leaseSeconds: number;
  readonly invoke: Invoke;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
  readonly random: () => number;
}

/** The host's own cap in its Development environment: a person is waiting. */
const MAX_LOCAL_POLL_MS = 2_000;

/** Polls one queue and invokes its function for each message, with the delivery rules of the storage extension. */
export function startQueueListener(fn: QueueFunction, deps: Deps): Listener {
  const { settings, invoke, random } = deps;
  const onEvent = (event: string, detail: string) => deps.onEvent(event, detail, fn.name);
  const service = QueueServiceClient.fromConnectionString(fn.connectionString, {
    retryOptions: { maxTries: 2, retryDelayInMs: 100 },
  });
  const queue = service.getQueueClient(fn.queueName);
  const poison = fn.poisonQueueName ? service.getQueueClient(fn.poisonQueueName) : undefined;
  const wait = createWait();
  const active = new Set<Promise<void>>();
  const maxDelayMs = Math.min(settings.maxPollingIntervalMs, MAX_LOCAL_POLL_MS);
  let isAbandoned = false;
  const runMessage = createMessageRun({
    fn,
    queue,
    poison,
    settings,
    invoke,
    onEvent,
    isAbandoned: () => isAbandoned,
  });

  const listening = (async () => {
    let misses = 0;
    while (!wait.isStopped) {
      const messages = await receive();
      misses = messages.length > 0 ? 0 : misses + 1;
      for (const message of isAbandoned ? [] : messages) {
        const task = runMessage(message).finally(() => active.delete(task));
        active.add(task);
      }
      if (misses > 0) await wait.forMs(toPollDelayMs(misses, maxDelayMs, random));
      while (active.size > settings.newBatchThreshold && !wait.isStopped) await Promise.race(active);
    }
    await Promise.all(active);
  })();

  async function receive(): Promise<readonly DequeuedMessageItem[]> {
    try {
      const options = { numberOfMessages: settings.batchSize, visibilityTimeout: deps.leaseSeconds };
      return (await queue.receiveMessages(options)).receivedMessageItems;
    } catch (error) {
      // A queue that is not there is polled for, and never created by its listener.
      if (!isNotFound(error))
        onEvent('queue-unreachable', error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  return {
    async stop() {
      wait.stop();
      await listening;
    },
    async abandon() {
      isAbandoned = true;
      wait.stop();
      await listening;
    },
  };
}

const isNotFound = (error: unknown) =>
  error instanceof Error && 'statusCode' in error && error.statusCode === 404;
