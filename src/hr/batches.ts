import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { HrEvent } from './hr-event.ts';
import type { HrEvents, HrWorkQueue } from './hr-events.ts';
import { createKeepHrEvents } from './keep-events.ts';

/** The events of a body that had too many to be stored one by one before its answer. */
export interface HrBatch {
  readonly events: readonly HrEvent[];
  /** Which of the source's secrets it was sent with, such as `secrets/0`. */
  readonly key: string;
  readonly receivedAt: Date;
}

/** Where batches lie until their events are stored. */
export interface HrBatches {
  /** @returns its name: the same for the same events */
  keep(batch: HrBatch): Promise<string>;
  /** Undefined where its events are stored already. */
  read(name: string): Promise<HrBatch | undefined>;
  remove(name: string): Promise<void>;
  /** The names of the batches that were stored before this time, at most `limit`. */
  leftBehind(before: Date, limit: number): Promise<readonly string[]>;
}

interface Deps {
  readonly batches: HrBatches;
  readonly events: Pick<HrEvents, 'add'>;
  readonly workQueue: HrWorkQueue;
}

/** So many are stored side by side: a transaction of each partition, and a few more. */
const EVENTS_AT_ONCE = 400;

/** Stores the events of a batch one by one. Killed on the way and done again, it does the same. */
export function createStoreHrBatch({ batches, events, workQueue }: Deps) {
  const keepEvents = createKeepHrEvents({ events, workQueue });
  return async (name: string, log: Log): Promise<void> => {
    const batch = await batches.read(name);
    if (batch === undefined) return;
    for (let at = 0; at < batch.events.length; at += EVENTS_AT_ONCE)
      await keepEvents(batch.events.slice(at, at + EVENTS_AT_ONCE), batch.key, batch.receivedAt, log);
    await batches.remove(name);
  };
}

const LEFT_BEHIND_MS = 10 * 60_000;
const MAX_LEFT_BEHIND = 100;

/** Sends again for the batches whose message was lost or given up on. */
export function createSweepHrBatches({
  batches,
  workQueue,
  clock,
}: Omit<Deps, 'events'> & { readonly clock: Clock }) {
  return async (): Promise<void> => {
    const before = new Date(clock().getTime() - LEFT_BEHIND_MS);
    for (const name of await batches.leftBehind(before, MAX_LEFT_BEHIND)) await workQueue.sendBatch(name);
  };
}
