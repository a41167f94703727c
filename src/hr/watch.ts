import pMap from 'p-map';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { HrEvents, HrTickets, StoredHrEvent } from './hr-events.ts';
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
  return async (): Promise<void> => {
    const due = await events.due(clock(), MAX_EVENTS_PER_RUN);
    await pMap(due, sweep, { concurrency: AT_ONCE });
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

/** Records what the host gave up on. The poison queue forgets after a week, and keeps no reason. */
export function createRecordHrPoison({ events, clock }: Omit<Deps, 'tickets'>) {
  return async (received: unknown, log: Log): Promise<void> => {
    for (const record of await openHrTicket(events, received, log)) {
      if (record.lookAt === undefined) continue;
      const { lookAt: _over, ...rest } = record;
      const detail =
        'the Functions host delivered it as often as it may, and each time it failed: see the log';
      await events.replace({ ...rest, state: 'failed', detail, updatedAt: clock() });
      log.warn('hr-event', { eventKey: record.eventKey, from: record.state, to: 'failed' });
    }
  };
}
