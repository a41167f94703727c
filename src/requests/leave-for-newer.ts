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

/** Longer than a rollout: until then an instance of the newer version may receive the message. */
const ROLLOUT_MS = 24 * 3_600_000;
const MIN_DELAY_MS = 30_000;
const MAX_DELAY_MS = 3_600_000;
/** A message that went back lives this much longer: it must not expire while no host runs. */
const SPARE_TTL_MS = 7 * 86_400_000;

type Handle = (received: unknown, delivery: Delivery, log: Log) => Promise<unknown>;

/**
 * Wraps the handler of a queue: during a rollout, old and new instances read the same queue. A message of a newer
 * version goes back unchanged, with a delay that grows from 30 s to an hour; its expiry tells how long it has been on
 * the queue. The handler gets the messages of this version, and those that no newer instance handled within 24 h. `newest`
 * is the newest version of the queue's messages that this instance reads.
 */
export function createLeaveForNewer({ messages, clock }: Deps) {
  return (queue: string, handle: Handle, newest = 1) =>
    async function leaveForNewer(received: unknown, delivery: Delivery, log: Log): Promise<void> {
      const message = readMessage(received);
      const version = message.ok ? toNewerVersion(message.value, newest) : undefined;
      const now = clock().getTime();
      const remainingMs = toDeadlineMs(delivery, now) - now;
      const canGoBack = message.ok && !hidesTimes(message.value) && remainingMs >= MIN_DELAY_MS;
      if (version === undefined || !canGoBack) {
        await handle(received, delivery, log);
        return;
      }
      const ageMs = ROLLOUT_MS - remainingMs;
      const delayMs = Math.min(toAsLongAgainMs(ageMs, MIN_DELAY_MS, MAX_DELAY_MS), remainingMs);
      await messages.send(queue, toMessageText(received), { delayMs, ttlMs: remainingMs + SPARE_TTL_MS });
      log.warn('message-of-newer-version', { queue, version, messageId: delivery.id, delayMs });
    };
}

/** When this version handles the message itself. A message that went back lives longer than those of senders. */
function toDeadlineMs({ insertedAt, expiresAt }: Delivery, now: number): number {
  const insertedMs = Math.min(insertedAt?.getTime() ?? now, now);
  const expiresMs = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const hasGoneBack = expiresMs - insertedMs > SPARE_TTL_MS + MIN_DELAY_MS / 2;
  return Math.min(insertedMs + ROLLOUT_MS, hasGoneBack ? expiresMs - SPARE_TTL_MS : expiresMs);
}

/** Members of a message hide the trigger metadata with the same names. */
const hidesTimes = (value: unknown): boolean =>
  Object.keys(Object(value)).some((name) => /^(insertion|expiration)Time$/i.test(name));
