import { setTimeout as sleep } from 'node:timers/promises';
import { WebexFailure } from '../../../src/webex/errors/failure.ts';
import { createRateLimitedTransport } from '../../../src/webex/rate-limit/rate-limited-transport.ts';
import { createRateLimiter } from '../../../src/webex/rate-limit/rate-limiter.ts';
import type { LimitStore } from '../../../src/webex/rate-limit/shared-state.ts';
import type { Transport } from '../../../src/webex/transport.ts';
import { change, createClient, rest, type Side, workAtOnce } from './side.ts';

/** As `host.json` has it: batchSize and newBatchThreshold. */
export const MESSAGES_AT_ONCE = 24;

/** One instance of ours; it puts a change back that must wait, as a message would be. */
export const ours = (store: LimitStore): Side => ({
  name: 'Seatline',
  async run(apiUrl, work, signal) {
    const clock = () => new Date();
    const limiter = createRateLimiter({ store, clock, random: Math.random, sleep, instance: 'bench' });
    const client = createRateLimitedTransport(createClient(apiUrl), limiter, clock);
    await workAtOnce(MESSAGES_AT_ONCE, work, signal, (next) => perform(client, next, signal));
  },
});

/** @returns whether it is done; when not, after the time that it was told to wait */
async function perform(client: Transport, next: string, signal: AbortSignal) {
  const waitMs = await attempt(client, next);
  if (waitMs !== undefined) await rest(waitMs, signal);
  return waitMs === undefined;
}

/** @returns undefined when it is done, else when to try again */
async function attempt(client: Transport, next: string): Promise<number | undefined> {
  try {
    const { status, retryAfterMs = 0 } = await change(client, next);
    return status === 200 ? undefined : retryAfterMs;
  } catch (error) {
    if (error instanceof WebexFailure && error.condition === 'rate-limited') return error.retryAfterMs ?? 0;
    throw error;
  }
}
