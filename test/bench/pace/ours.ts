import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebexFailure } from '../../../src/webex/failure.ts';
import type { Urgency } from '../../../src/webex/pace/line.ts';
import { createPace } from '../../../src/webex/pace/pacer.ts';
import type { PaceStore } from '../../../src/webex/pace/shared.ts';
import { createPacedTransport } from '../../../src/webex/paced-transport.ts';
import type { Transport } from '../../../src/webex/transport.ts';
import { change, createClient, rest, type Side, workAtOnce } from './side.ts';

/** As `host.json` has it: batchSize and newBatchThreshold. */
export const MESSAGES_AT_ONCE = 24;
const SINGLE_EVERY_MS = 500;

/** Our client, without and with its pacer: one instance. */
function createInstance(apiUrl: string, store: PaceStore): Transport {
  const clock = () => new Date();
  const pace = createPace({ store, clock, random: Math.random, sleep, instance: randomUUID().slice(0, 8) });
  return createPacedTransport(createClient(apiUrl), pace, clock);
}

/**
 * So many instances that share a store; each puts a change back that must wait, as a message would be.
 * @param singleWaitsMs takes how long each of the single requests took that come while all this is done
 */
export const ours = (instances: number, store: PaceStore, singleWaitsMs: number[] = []): Side => ({
  name: instances === 1 ? 'Seatline' : `Seatline, ${instances} instances`,
  async run(apiUrl, work, signal) {
    const clients = Array.from({ length: instances }, () => createInstance(apiUrl, store));
    const bulk = clients.map((client) =>
      workAtOnce(MESSAGES_AT_ONCE, work, signal, (next) => perform(client, next, 'bulk', signal)),
    );
    const [first] = clients;
    await Promise.all([...bulk, first && sendSingles(first, singleWaitsMs, signal)]);
  },
});

async function sendSingles(client: Transport, waitsMs: number[], signal: AbortSignal): Promise<void> {
  for (let count = 1; !signal.aborted; count += 1) {
    const beganMs = Date.now();
    while (!(signal.aborted || (await perform(client, `single-${count}`, 'interactive', signal)))) {
      // Until it is accepted.
    }
    if (!signal.aborted) waitsMs.push(Date.now() - beganMs);
    await rest(SINGLE_EVERY_MS, signal);
  }
}

/** @returns whether it is done; when not, after the time that it was told to wait */
async function perform(client: Transport, next: string, urgency: Urgency, signal: AbortSignal) {
  const waitMs = await attempt({ call: (call) => client.call({ ...call, urgency }) }, next);
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
