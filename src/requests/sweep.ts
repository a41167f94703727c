import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { logUnreadable } from '../platform/log-unreadable.ts';
import { createPageByPage } from '../platform/page-by-page.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { sendNextCheck } from './next-check.ts';
import { logMove } from './record/log-move.ts';
import { moveRequest, type StoredRequest } from './record/record.ts';
import { waitForRedelivery } from './record/redelivery-backoff.ts';
import type { RequestStore, WorkQueue } from './store.ts';

const PAGE = 100;
const AT_ONCE = 16;
/** Well within the ten minutes that host.json gives a run, with the other parts of the sweep. */
const BUDGET_MS = 3 * 60_000;
/** Until the next run, by the schedule that is recommended. */
const RELEASED_OVER_MS = 60_000;

interface Deps {
  readonly requestStore: Pick<RequestStore, 'due' | 'replace'>;
  readonly workQueue: WorkQueue;
  /** How many calls the rate limit of Webex lets through in this time, by what is known of it. */
  readonly callsWithin: (ms: number) => Promise<number>;
  readonly clock: Clock;
  readonly instance: string;
}

export interface Swept {
  /** Open requests that were sent again, or released. */
  readonly queued: number;
  /** Rows that were due, and are of a shape that this version does not know: they are in the log, by their keys. */
  readonly unreadable: number;
  /** Whether the time was over before all that is due was done. */
  readonly isCutOff: boolean;
}

/**
 * Sends a message for each open request that is due: accepted but never sent, effective by now, left working by a
 * holder that died, or at the end of its wait. Of those that wait for the rate limit it sends as many as Webex lets
 * through until the next run. Reads only what is due, and goes on until that is done or its time is over. Several
 * instances may run it at once: of two writes of a row, the second conflicts.
 */
export function createSweep({ requestStore, workQueue, callsWithin, clock, instance }: Deps) {
  const workThrough = createPageByPage({ clock, budgetMs: BUDGET_MS, itemsAtOnce: AT_ONCE });

  return async (log: Log): Promise<Swept> => {
    const at = clock();
    const unreadable: string[] = [];
    let queued = 0;
    const readDue = async (next?: string) => {
      const page = await requestStore.due(at, PAGE, next);
      unreadable.push(...page.unreadable);
      return { items: page.records, next: page.next };
    };
    const toDelayMs = spreadReleases();
    try {
      const { isCutOff } = await workThrough(readDue, async (record) => {
        const delayMs = await toDelayMs(record);
        if (delayMs !== undefined && (await queue(record, delayMs, log))) queued += 1;
      });
      if (isCutOff) log.warn('sweep-cut-off', { part: 'due-requests', queued });
      return { queued, unreadable: unreadable.length, isCutOff };
    } finally {
      logUnreadable(log, unreadable);
    }
  };

  /**
   * For each request of one run: the delay of its message, or undefined where the request is left for a later run.
   * Requests that wait for the rate limit are released at its pace, since the others would be checked in vain.
   */
  function spreadReleases(): (record: StoredRequest) => Promise<number | undefined> {
    let calls: Promise<number> | undefined;
    let released = 0;
    return async ({ waiting }) => {
      if (waiting?.for !== 'rate-limited') return 0;
      calls ??= callsWithin(RELEASED_OVER_MS);
      const most = Math.max(1, Math.floor(await calls));
      if (released >= most) return undefined;
      released += 1;
      return ((released - 1) / most) * RELEASED_OVER_MS;
    };
  }

  /** False where it changed meanwhile. */
  async function queue(record: StoredRequest, delayMs: number, log: Log): Promise<boolean> {
    const mover = { at: clock(), instance };
    if (record.state === 'working' && record.failingSince)
      return holdBack(waitForRedelivery(record, mover), log);
    const detail =
      record.state === 'waiting' ? 'its wait was over' : `the sweep found it ${record.state} and overdue`;
    const next = moveRequest(record, 'queued', mover, toLeftBy(record, mover.at), { detail });
    // Sent before it is written: a crash in between costs a second message, not the first.
    await workQueue.send(record, delayMs);
    if ((await requestStore.replace(next)) === VERSION_CONFLICT) return false;
    logMove(log, next, record.state);
    return true;
  }

  /** Its holders died one after the other, and it may be why. */
  async function holdBack(next: StoredRequest, log: Log): Promise<boolean> {
    const written = await requestStore.replace(next);
    if (written === VERSION_CONFLICT) return false;
    logMove(log, written, 'working');
    await sendNextCheck(workQueue, written);
    return true;
  }
}

/** One that is found working had a holder that died, perhaps after Webex had applied the change. */
const toLeftBy = ({ mayHaveApplied, state }: StoredRequest, now: Date) =>
  state === 'working' ? { mayHaveApplied: true, failingSince: now } : { mayHaveApplied };
