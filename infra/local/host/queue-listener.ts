import { setMaxListeners } from 'node:events';
import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { QueueFunction } from './functions.ts';
import type { QueueSettings } from './host-json.ts';
import type { Invoke, Listener } from './listener.ts';
import { toMessageTexts } from './message-xml.ts';
import { openQueue } from './open-queue.ts';
import { toPollDelayMs } from './poll-delay.ts';
import { createMessageRun } from './queue-message.ts';
import { type HostCall, isNotFound, judgeFailure, toMessage } from './storage-failure.ts';
import type { HostTiming } from './timing.ts';
import { createWait } from './wait.ts';

interface Deps {
  readonly settings: QueueSettings;
  readonly timing: HostTiming;
  readonly invoke: Invoke;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
  /** A message was moved to the poison queue of this name. */
  readonly onPoisoned: (queueName: string) => void;
  /** Called with the reason for which the host cannot go on. */
  readonly onFatal: (reason: string) => void;
  readonly random: () => number;
}

export interface QueueListener extends Listener {
  /** Polls at once, where it waits before the next poll. */
  wake(): void;
}

/** Polls one queue and invokes its function for each message, with the delivery rules of the storage extension. */
export function startQueueListener(fn: QueueFunction, deps: Deps): QueueListener {
  const { settings, timing, invoke, random } = deps;
  const onEvent = (event: string, detail: string) => deps.onEvent(event, detail, fn.name);
  const onFatal = (call: HostCall, error: unknown) =>
    deps.onFatal(`${call} of the queue ${fn.queueName}: ${toMessage(error)}`);
  const queue = openQueue(fn.connectionString, fn.queueName, timing);
  const poison = fn.poisonQueueName ? openQueue(fn.connectionString, fn.poisonQueueName, timing) : undefined;
  const wait = createWait();
  const active = new Set<Promise<void>>();
  const life = new AbortController();
  // Each call to storage that is under way listens to it: more than the ten that Node takes for a leak.
  setMaxListeners(0, life.signal);
  const { messageLeaseSeconds: leaseSeconds } = timing;
  const longestPollMs = Math.min(
    settings.maxPollingIntervalMs,
    // The host that moves a message to a poison queue wakes the listener: polling is for what other programs send.
    poison ? timing.longestPollMs : Number.POSITIVE_INFINITY,
  );
  const { onPoisoned } = deps;
  const runMessage = createMessageRun({
    ...{ fn, queue, poison, settings, leaseSeconds, invoke, onEvent, onPoisoned, onFatal },
    abandoned: life.signal,
  });

  const listening = (async () => {
    let misses = 0;
    while (!wait.isStopped) {
      const messages = await receive();
      misses = messages.length > 0 ? 0 : misses + 1;
      for (const message of life.signal.aborted ? [] : messages) {
        const task = runMessage(message).finally(() => active.delete(task));
        active.add(task);
      }
      if (misses > 0) await wait.forMs(toPollDelayMs(misses, longestPollMs, random));
      while (active.size > settings.newBatchThreshold && !wait.isStopped) await Promise.race(active);
    }
    await Promise.all(active);
  })();

  async function receive(): Promise<readonly DequeuedMessageItem[]> {
    try {
      const { receivedMessageItems, _response } = await queue.receiveMessages({
        numberOfMessages: settings.batchSize,
        visibilityTimeout: leaseSeconds,
        abortSignal: life.signal,
      });
      const texts = toMessageTexts(_response.bodyAsText);
      return receivedMessageItems.map((item, index) => ({
        ...item,
        messageText: texts[index] ?? item.messageText,
      }));
    } catch (error) {
      if (life.signal.aborted) return [];
      // A queue that is not there is polled for, and never created by its listener.
      if (!isNotFound(error)) onEvent('queue-unreachable', toMessage(error));
      if (judgeFailure('poll', error) === 'end-host') {
        wait.stop();
        onFatal('poll', error);
      }
      return [];
    }
  }

  return {
    wake: wait.wake,
    async stop() {
      wait.stop();
      await listening;
    },
    async abandon() {
      life.abort();
      wait.stop();
      await listening;
    },
  };
}
