import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { QueueFunction } from './functions.ts';
import type { QueueSettings } from './host-json.ts';
import type { Invoke } from './listener.ts';
import { startMessageLease } from './message-lease.ts';
import { decodeMessage } from './message-text.ts';
import { sendAsItIs } from './message-xml.ts';
import { type HostCall, isNotFound, judgeFailure, toMessage } from './storage-failure.ts';
import { toQueueMetadata } from './trigger-metadata.ts';

interface Deps {
  readonly fn: QueueFunction;
  readonly queue: QueueClient;
  /** Undefined where the queue has none. */
  readonly poison: QueueClient | undefined;
  readonly settings: QueueSettings;
  readonly leaseSeconds: number;
  readonly invoke: Invoke;
  readonly onEvent: (event: string, detail: string) => void;
  /** A message was moved to the queue of this name. */
  readonly onPoisoned: (queueName: string) => void;
  /** A failure that ends the host. */
  readonly onFatal: (call: HostCall, error: unknown) => void;
  /** The machine is taken for dead: nothing more is settled, and calls on their way are given up. */
  readonly abandoned: AbortSignal;
}

type Outcome = 'succeeded' | 'failed' | 'unreadable' | 'tried-too-often';

/** Runs the function for a message that was taken, and settles it: deleted, visible again, or on the poison queue. */
export function createMessageRun(deps: Deps): (message: DequeuedMessageItem) => Promise<void> {
  const { fn, queue, poison, settings, invoke, onEvent, onPoisoned, onFatal, abandoned } = deps;
  const abort = { abortSignal: abandoned };
  const renewals = {
    updateMessage: (...args: [string, string, undefined, number]) => queue.updateMessage(...args, abort),
  };

  return async (message) => {
    const lease = startMessageLease(renewals, message, {
      leaseSeconds: deps.leaseSeconds,
      onError: (error) => !abandoned.aborted && onEvent('renewal-failed', toMessage(error)),
      onFatal: (error) => !abandoned.aborted && onFatal('renew', error),
    });
    const outcome = await run(message);
    const popReceipt = await lease.end();
    if (abandoned.aborted) return;
    if (outcome === 'succeeded') await remove(message, popReceipt);
    // What fails on a poison queue has nowhere to go: it stays invisible until its time is over, and runs again.
    else if (poison) await reject(message, popReceipt, outcome, poison);
  };

  async function run(message: DequeuedMessageItem): Promise<Outcome> {
    // A poison queue has no poison queue: its messages run again, however often they were tried.
    if (poison && message.dequeueCount > settings.maxDequeueCount) return 'tried-too-often';
    const text = decodeMessage(message.messageText, settings.messageEncoding);
    if (text === undefined) {
      onEvent('message-unreadable', 'The message is not base64, as messageEncoding of host.json says');
      return 'unreadable';
    }
    try {
      await invoke(fn.name, { string: text }, toQueueMetadata(message, text));
      return 'succeeded';
    } catch (error) {
      if (!abandoned.aborted)
        onEvent('message-failed', `${toMessage(error)} (delivery ${message.dequeueCount})`);
      return 'failed';
    }
  }

  async function reject(
    { messageId, messageText, dequeueCount }: DequeuedMessageItem,
    popReceipt: string,
    outcome: Outcome,
    target: QueueClient,
  ): Promise<void> {
    if (outcome === 'failed' && dequeueCount < settings.maxDequeueCount) {
      const seconds = settings.visibilityTimeoutMs / 1_000;
      await settle('release', () => queue.updateMessage(messageId, popReceipt, undefined, seconds, abort));
      return;
    }
    if (!(await settle('poison', () => sendTo(target, messageText)))) return;
    onPoisoned(target.name);
    onEvent('message-poisoned', `${messageId} went to ${target.name}`);
    await remove({ messageId }, popReceipt);
  }

  /** Created only where it is missing: the right to create queues is not needed otherwise. */
  async function sendTo(target: QueueClient, text: string): Promise<void> {
    try {
      await sendAsItIs(target, text, abort);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await target.createIfNotExists(abort);
      await sendAsItIs(target, text, abort);
    }
  }

  async function remove({ messageId }: { readonly messageId: string }, popReceipt: string): Promise<void> {
    await settle('delete', () => queue.deleteMessage(messageId, popReceipt, abort));
  }

  /** @returns whether it was done */
  async function settle(call: HostCall, action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (abandoned.aborted) return false;
      onEvent('message-not-settled', `${call}: ${toMessage(error)}`);
      if (judgeFailure(call, error) === 'end-host') onFatal(call, error);
      return false;
    }
  }
}
