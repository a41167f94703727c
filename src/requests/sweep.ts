import type { Clock } from '../platform/clock.ts';
import { type Log, logUnreadable } from '../platform/log.ts';
import { createPageByPage } from '../platform/page-by-page.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { sendNextCheck } from './next-check.ts';
import { PAUSED_BY_OPERATOR } from './record/item-result.ts';
import { logMove } from './record/log-move.ts';
import { moveRequest, type StoredRequest } from './record/record.ts';
import { waitForRedelivery } from './record/redelivery-backoff.ts';
import type { RequestStore, WorkQueue } from './store.ts';

const PAGE = 100;
const REQUESTS_AT_ONCE = 16;
/** Well below the ten minutes that host.json gives a run with all parts of the sweep. */
const BUDGET_MS = 3 * 60_000;
/** Until the next run of the recommended schedule. */
const RELEASE_PERIOD_MS = 60_000;

interface Deps {
  readonly requestStore: Pick<RequestStore, 'due' | 'replace'>;
  readonly workQueue: WorkQueue;
  /** The calls that the rate limiter expects Webex to accept within this time. */
  readonly callsWithin: (ms: number) => Promise<number>;
  /** Whether an operator still holds back all that a request has to do. */
  readonly isPaused: (record: StoredRequest) => Promise<boolean>;
  readonly clock: Clock;
  readonly instance: string;
}

interface Swept {
  /** Open requests that got a message. */
  readonly queued: number;
  /** Due rows in a form that this version does not know: the log has their keys. */
  readonly unreadable: number;
  /** Whether the time was up before all due requests were done. */
  readonly isCutOff: boolean;
}

/**
 * Sends a message for each due request: accepted without a message, scheduled for now, left working by a crashed
 * worker, or at the end of its wait. Requests that wait for the rate limit are released as fast as Webex accepts
 * calls. The sweep reads only due requests. Several instances may run it at once: the second write of a request is a
 * version conflict.
 */
export function createSweep({ requestStore, workQueue, callsWithin, isPaused, clock, instance }: Deps) {
  const workThrough = createPageByPage({ clock, budgetMs: BUDGET_MS, itemsAtOnce: REQUESTS_AT_ONCE });

  return async function sweepDueRequests(log: Log): Promise<Swept> {
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
        if (delayMs !== undefined && (await queueRequest(record, delayMs, log))) queued += 1;
      });
      if (isCutOff) log.warn('sweep-cut-off', { part: 'due-requests', queued });
      return { queued, unreadable: unreadable.length, isCutOff };
    } finally {
      logUnreadable(log, unreadable);
    }
  };

  /**
   * The delay of the message of each request in this run; undefined for a request that a later run releases.
   * Releasing more requests than Webex accepts calls would only make them wait again. Paused requests stay until the
   * pause ends.
   */
  function spreadReleases(): (record: StoredRequest) => Promise<number | undefined> {
    let calls: Promise<number> | undefined;
    let released = 0;
    return async (record) => {
      const reason = record.waiting?.for;
      if (reason !== 'rate-limited' && reason !== PAUSED_BY_OPERATOR) return 0;
      if (reason === PAUSED_BY_OPERATOR && (await isPaused(record))) return undefined;
      calls ??= callsWithin(RELEASE_PERIOD_MS);
      const limit = Math.max(1, Math.floor(await calls));
      if (released >= limit) return undefined;
      released += 1;
      return ((released - 1) / limit) * RELEASE_PERIOD_MS;
    };
  }

  /** False on a version conflict. */
  async function queueRequest(record: StoredRequest, delayMs: number, log: Log): Promise<boolean> {
    const mover = { at: clock(), instance };
    if (record.state === 'working' && record.failingSince) return backOff(record, log);
    const detail =
      record.state === 'waiting' ? 'its wait ended' : `the sweep found it ${record.state} and overdue`;
    // The worker of a working request crashed, perhaps after Webex had applied the change.
    const change =
      record.state === 'working'
        ? { mayHaveApplied: true, failingSince: mover.at }
        : { mayHaveApplied: record.mayHaveApplied };
    const next = moveRequest(record, 'queued', mover, change, { detail });
    // The message before the write: a crash between them costs a second message, not the only one.
    await workQueue.send(record, delayMs);
    if ((await requestStore.replace(next)) === VERSION_CONFLICT) return false;
    logMove(log, next, record.state);
    return true;
  }

  /** Several workers crashed with this request, which may be the cause. */
  async function backOff(record: StoredRequest, log: Log): Promise<boolean> {
    const written = await requestStore.replace(waitForRedelivery(record, { at: clock(), instance }));
    if (written === VERSION_CONFLICT) return false;
    logMove(log, written, record.state);
    await sendNextCheck(workQueue, written);
    return true;
  }
}
