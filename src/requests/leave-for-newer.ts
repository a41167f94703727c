import { toAsLongAgainMs } from '../platform/backoff.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Delivery } from '../platform/queue-delivery.ts';
import { readMessage, toMessageText, toNewerVersion } from './queue-message.ts';

/** Puts the text of a message on a queue. */
export interface Messages {
  send(
    queue: string,
    text: string,
    times: { readonly delayMs: number; readonly ttlMs: number },
  ): Promise<void>;
}

interface Deps {
  readonly messages: Messages;
  readonly clock: Clock;
}

/** A rollout is over well within this: until then a newer instance may take the message. */
const ROLLOUT_MS = 24 * 3_600_000;
const MIN_DELAY_MS = 30_000;
const MAX_DELAY_MS = 3_600_000;
/** What a message lives longer than it is left for newer instances: it must not expire while no host runs. */
const SPARE_TTL_MS = 7 * 86_400_000;

type Handle = (received: unknown, delivery: Delivery, log: Log) => Promise<unknown>;

/**
 * Wraps the handler of a queue's messages: one of a newer version is left to the instances of that version, since
 * during a rollout old and new ones read the same queue. The message is put back as it is, with a delay that grows from
 * 30 s to an hour; how long this goes on is known from when the message expires. The handler gets a message of this
 * version, and one that no newer instance took within 24 h.
 */
export function createLeaveForNewer({ messages, clock }: Deps) {
  return (queue: string, handle: Handle) =>
    async (received: unknown, delivery: Delivery, log: Log): Promise<void> => {
      const message = readMessage(received);
      const version = message.ok ? toNewerVersion(message.value) : undefined;
      const now = clock().getTime();
      const remainingMs = toDeadlineMs(delivery, now) - now;
      const mayBeTaken = message.ok && !hidesTimes(message.value) && remainingMs >= MIN_DELAY_MS;
      if (version === undefined || !mayBeTaken) {
        await handle(received, delivery, log);
        return;
      }
      const ageMs = ROLLOUT_MS - remainingMs;
      const delayMs = Math.min(toAsLongAgainMs(ageMs, MIN_DELAY_MS, MAX_DELAY_MS), remainingMs);
      await messages.send(queue, toMessageText(received), { delayMs, ttlMs: remainingMs + SPARE_TTL_MS });
      log.warn('message-of-newer-version', { queue, version, messageId: delivery.id, delayMs });
    };
}

/** Until when a message is left for newer instances. One that was put back lives for longer than senders make theirs. */
function toDeadlineMs({ insertedAt, expiresAt }: Delivery, now: number): number {
  const insertedMs = Math.min(insertedAt?.getTime() ?? now, now);
  const expiresMs = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const isPutBack = expiresMs - insertedMs > SPARE_TTL_MS + MIN_DELAY_MS / 2;
  return Math.min(insertedMs + ROLLOUT_MS, isPutBack ? expiresMs - SPARE_TTL_MS : expiresMs);
}

/** Members of a message hide what the host tells of it under the same names. */
const hidesTimes = (value: unknown): boolean =>
  Object.keys(Object(value)).some((name) => /^(insertion|expiration)Time$/i.test(name));
