import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { QueueFunction } from './functions.ts';
import type { QueueSettings } from './host-json.ts';
import type { Invoke } from './listener.ts';
import { startMessageLease } from './message-lease.ts';
import { decodeMessage } from './message-text.ts';
import { toQueueMetadata } from './trigger-metadata.ts';

interface Deps {
  readonly fn: QueueFunction;
  readonly queue: QueueClient;
  /** Undefined where the queue has none. */
  readonly poison: QueueClient | undefined;
  readonly settings: QueueSettings;
  readonly invoke: Invoke;
  readonly onEvent: (event: string, detail: string) => void;
  /** The machine is taken for dead: nothing more is settled. */
  readonly isAbandoned: () => boolean;
}

/** Runs the function for a message that was taken, and settles it: deleted, visible again, or on the poison queue. */
export function createMessageRun(deps: Deps): (message: DequeuedMessageItem) => Promise<void> {
  const { fn, queue, poison, settings, invoke, onEvent, isAbandoned } = deps;

  return async (message) => {
    const lease = startMessageLease(queue, message, (error) => onEvent('renewal-failed', toMessage(error)));
    const isOk = message.dequeueCount <= settings.maxDequeueCount && (await run(message));
    const popReceipt = await lease.end();
    if (isAbandoned()) return;
    try {
      if (isOk) await queue.deleteMessage(message.messageId, popReceipt);
      else await reject(message, popReceipt);
    } catch (error) {
      // Somebody else has the message by now, or storage is away: it is delivered again.
      onEvent('message-not-settled', toMessage(error));
    }
  };

  async function run(message: DequeuedMessageItem): Promise<boolean> {
    try {
      const text = decodeMessage(message.messageText, settings.messageEncoding);
      if (text === undefined)
        throw new Error('The message is not base64, as messageEncoding of host.json says');
      await invoke(fn.name, { string: text }, toQueueMetadata(message, text));
      return true;
    } catch (error) {
      if (!isAbandoned()) onEvent('message-failed', `${toMessage(error)} (delivery ${message.dequeueCount})`);
      return false;
    }
  }

  async function reject(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    const { messageId, messageText, dequeueCount } = message;
    // What fails on a poison queue has nowhere to go: it stays invisible until its time is over.
    if (!poison) return;
    if (dequeueCount < settings.maxDequeueCount) {
      const seconds = settings.visibilityTimeoutMs / 1_000;
      await queue.updateMessage(messageId, popReceipt, messageText, seconds);
      return;
    }
    await poison.createIfNotExists();
    await poison.sendMessage(messageText);
    await queue.deleteMessage(messageId, popReceipt);
    onEvent('message-poisoned', `${messageId} went to ${poison.name}`);
  }
}

const toMessage = (error: unknown) => (error instanceof Error ? error.message : String(error));
