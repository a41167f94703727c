import pMap from 'p-map';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Delivery } from '../../platform/queue-delivery.ts';
import { runParts } from '../../platform/run-parts.ts';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';

/** A message that the Functions host moved to a poison queue. */
export interface PoisonMessage {
  readonly text: string;
  readonly delivery: Delivery;
  /** How often the poison queue delivered it, this time included. */
  readonly tries: number;
  /** Proves this delivery when the message is removed. */
  readonly receipt: string;
}

export interface PoisonQueue {
  /** A batch of messages, hidden from other readers for five minutes. */
  receive(): Promise<readonly PoisonMessage[]>;
  remove(message: PoisonMessage): Promise<void>;
}

export interface PoisonReader {
  readonly name: string;
  readonly queue: PoisonQueue;
  /** Recovers the work that the message stands for. */
  readonly recover: (message: PoisonMessage, log: Log) => Promise<void>;
  /** Records that the message is not tried again, without parsing it. */
  readonly giveUp: (message: PoisonMessage, log: Log) => Promise<void>;
}

interface Deps {
  readonly readers: readonly PoisonReader[];
  /** Throws while the tables are unavailable: each receive counts as a try, and nothing could be recorded. */
  readonly checkTables: () => Promise<unknown>;
  readonly clock: Clock;
}

/** For each queue. */
const BUDGET_MS = 15_000;
const MESSAGES_AT_ONCE = 8;
/** Five minutes apart: a temporary cause has ended by the last try. */
const MAX_TRIES = 10;

/**
 * Reads the poison queue of each queue function. The sweep reads them, and not functions: a message with thousands of
 * nested levels overflows the stack of the Functions library before it calls a function, and the host would deliver
 * it until it expires unrecorded.
 */
export function createSweepPoison({ readers, checkTables, clock }: Deps) {
  return async function sweepPoison(log: Log): Promise<void> {
    await checkTables();
    const parts = readers.map((reader) => [reader.name, () => readQueue(reader, log)] as const);
    await runParts(Object.fromEntries(parts), log);
  };

  async function readQueue(reader: PoisonReader, log: Log): Promise<void> {
    const untilMs = clock().getTime() + BUDGET_MS;
    for (;;) {
      const messages = await reader.queue.receive();
      if (messages.length === 0) return;
      await pMap(messages, (message) => record(reader, message, log), { concurrency: MESSAGES_AT_ONCE });
      if (clock().getTime() < untilMs) continue;
      return log.warn('sweep-cut-off', { part: 'poison', queue: reader.name });
    }
  }

  /** After a failure the message stays on the queue, and is delivered again. */
  async function record({ name, queue, recover, giveUp }: PoisonReader, message: PoisonMessage, log: Log) {
    const { tries } = message;
    try {
      await (tries > MAX_TRIES ? giveUp : recover)(message, log);
      await queue.remove(message);
    } catch (error) {
      if (error instanceof StorageUnavailable) throw error;
      const reason = error instanceof Error ? error.name : typeof error;
      log.warn('poison-not-recorded', { queue: name, messageId: message.delivery.id, tries, reason });
    }
  }
}
