import pMap from 'p-map';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Delivery } from '../../platform/queue-delivery.ts';
import { runParts } from '../../platform/run-parts.ts';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';

/** A message that the Functions host gave up on. */
export interface PoisonMessage {
  readonly text: string;
  readonly delivery: Delivery;
  /** How often it was received from the poison queue, this time included. */
  readonly tries: number;
  /** What removes it. */
  readonly receipt: string;
}

export interface PoisonQueue {
  /** Some messages, which nobody else receives for five minutes. */
  receive(): Promise<readonly PoisonMessage[]>;
  remove(message: PoisonMessage): Promise<void>;
}

export interface PoisonReader {
  readonly name: string;
  readonly queue: PoisonQueue;
  /** Takes up what the message stands for. */
  readonly take: (message: PoisonMessage, log: Log) => Promise<void>;
  /** Records that nobody will try the message again, without parsing it. */
  readonly giveUp: (message: PoisonMessage, log: Log) => Promise<void>;
}

interface Deps {
  readonly readers: readonly PoisonReader[];
  /** Throws while the tables are away: nothing could be recorded, and each try counts. */
  readonly checkTables: () => Promise<unknown>;
  readonly clock: Clock;
}

/** Of each queue. */
const BUDGET_MS = 15_000;
const AT_ONCE = 8;
/** Five minutes apart: what is in the way of a message for a moment is over by then. */
const MAX_TRIES = 10;

/**
 * Reads the poison queue of each queue that a function listens to. The sweep does this rather than a function of the
 * queue: a message nested some thousand deep overflows the worker's stack in the Functions library, before any function
 * is called, and the host would try it every ten minutes until the message expires unrecorded.
 */
export function createSweepPoison({ readers, checkTables, clock }: Deps) {
  return async (log: Log): Promise<void> => {
    await checkTables();
    await runParts(Object.fromEntries(readers.map((reader) => [reader.name, () => read(reader, log)])), log);
  };

  async function read(reader: PoisonReader, log: Log): Promise<void> {
    const untilMs = clock().getTime() + BUDGET_MS;
    for (;;) {
      const messages = await reader.queue.receive();
      if (messages.length === 0) return;
      await pMap(messages, (message) => record(reader, message, log), { concurrency: AT_ONCE });
      if (clock().getTime() < untilMs) continue;
      return log.warn('sweep-cut-off', { part: 'poison', queue: reader.name });
    }
  }

  /** A message whose record fails stays on the queue, and comes again. */
  async function record({ name, queue, take, giveUp }: PoisonReader, message: PoisonMessage, log: Log) {
    const { tries } = message;
    try {
      await (tries > MAX_TRIES ? giveUp : take)(message, log);
      await queue.remove(message);
    } catch (error) {
      if (error instanceof StorageUnavailable) throw error;
      const reason = error instanceof Error ? error.name : typeof error;
      log.warn('poison-not-recorded', { queue: name, messageId: message.delivery.id, tries, reason });
    }
  }
}
