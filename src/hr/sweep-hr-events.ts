import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { logUnreadable } from '../platform/log.ts';
import { createPageByPage } from '../platform/page-by-page.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { type HrEvents, type HrWorkQueue, type StoredHrEvent, toNextLook } from './hr-events.ts';
import { openHrMessage } from './open-hr-message.ts';

const PAGE = 100;
const AT_ONCE = 16;
const BUDGET_MS = 60_000;
/** Until the next check, where this work message is lost too. */
const CHECK_AFTER_MS = 10 * 60_000;

interface Deps {
  readonly events: HrEvents;
  readonly workQueue: HrWorkQueue;
  readonly clock: Clock;
}

/** Sends a work message for each HR event that is to be checked again: not resolved yet, or left behind. */
export function createSweepHrEvents({ events, workQueue, clock }: Deps) {
  const workThrough = createPageByPage({ clock, budgetMs: BUDGET_MS, itemsAtOnce: AT_ONCE });

  return async (log: Log): Promise<void> => {
    const at = clock();
    const unreadable: string[] = [];
    const readDue = async (next?: string) => {
      const page = await events.due(at, PAGE, next);
      unreadable.push(...page.unreadable);
      return { items: page.events, next: page.next };
    };
    try {
      const { isCutOff } = await workThrough(readDue, sweep);
      if (isCutOff) log.warn('sweep-cut-off', { part: 'due-hr-events' });
    } finally {
      logUnreadable(log, unreadable);
    }
  };

  async function sweep(record: StoredHrEvent): Promise<void> {
    await workQueue.send({ eventKey: record.eventKey });
    await events.replace({ ...record, lookAt: new Date(clock().getTime() + CHECK_AFTER_MS) });
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
    for (const record of (await openHrMessage(events, received, log)).events) {
      if (record.lookAt === undefined) continue;
      const { eventKey, state: from } = record;
      const untilMs = record.updatedAt.getTime() + policy.horizonMs;
      const next = clock().getTime() < untilMs ? lookLater(record, clock()) : giveUp(record, clock());
      if ((await events.replace(next)) === VERSION_CONFLICT) throw new Error(`${eventKey}: version conflict`);
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
