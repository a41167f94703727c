import pMap from 'p-map';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { type HrEvents, type HrTickets, type StoredHrEvent, toNextLook } from './hr-events.ts';
import { openHrTicket } from './open-hr-ticket.ts';

const MAX_EVENTS_PER_RUN = 1_000;
const AT_ONCE = 16;
/** Until the next look, where this one's ticket is lost too. */
const LOOK_AFTER_MS = 10 * 60_000;

interface Deps {
  readonly events: HrEvents;
  readonly tickets: HrTickets;
  readonly clock: Clock;
}

/** Sends a ticket for each HR event that is to be looked at again: not resolved yet, or left behind. Removes old ones. */
export function createSweepHrEvents({ events, tickets, clock }: Deps) {
  return async (log: Log): Promise<void> => {
    const due = await events.due(clock(), MAX_EVENTS_PER_RUN);
    for (const key of due.unreadable) log.warn('row-unreadable', { key });
    // One that fails keeps none of the others.
    await pMap(due.events, sweep, { concurrency: AT_ONCE, stopOnError: false });
  };

  async function sweep(record: StoredHrEvent): Promise<void> {
    if (record.lookAt === undefined) {
      await events.remove(record);
      return;
    }
    await tickets.send(record.eventKey);
    await events.replace({ ...record, lookAt: new Date(clock().getTime() + LOOK_AFTER_MS) });
  }
}

interface GivenUpDeps extends Pick<Deps, 'events' | 'clock'> {
  /** From the last look that came to an end until nobody tries it again. */
  readonly policy: { readonly horizonMs: number };
}

/**
 * Takes up what the host gave up on: storage may have been away for longer than it delivers a message. The sweep sends
 * the event again after a while that grows with each time, and it fails at the horizon.
 */
export function createRecordHrPoison({ events, policy, clock }: GivenUpDeps) {
  return async (received: unknown, log: Log): Promise<void> => {
    for (const record of await openHrTicket(events, received, log)) {
      if (record.lookAt === undefined) continue;
      const { eventKey, state: from } = record;
      const untilMs = record.updatedAt.getTime() + policy.horizonMs;
      const next = clock().getTime() < untilMs ? lookLater(record, clock()) : giveUp(record, clock());
      if (!(await events.replace(next))) throw new Error(`${eventKey} changed meanwhile`);
      const until = next.lookAt?.toISOString();
      log.warn('hr-event', {
        eventKey,
        from,
        to: next.state,
        ...(until && { until }),
        detail: 'host-gave-up',
      });
    }
  };
}

/** `updatedAt` stays as it is: nobody has come to an end yet. */
const lookLater = (record: StoredHrEvent, now: Date): StoredHrEvent => ({
  ...record,
  looks: record.looks + 1,
  lookAt: toNextLook(record, now),
});

function giveUp({ lookAt: _over, ...record }: StoredHrEvent, now: Date): StoredHrEvent {
  const detail = 'it was handled again and again, and each time that failed: see the log';
  return { ...record, state: 'failed', detail, updatedAt: now };
}
