import pMap from 'p-map';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { moveEntry, type StoredEntry } from './entry.ts';
import { CHANGED_MEANWHILE, type Ledger, type Tickets } from './ledger.ts';
import { logMove } from './log-move.ts';
import type { StoredPerson } from './person.ts';
import { isOpen } from './states.ts';
import { waitTroubled } from './trouble.ts';

/** One run looks at no more than this; the next one goes on. */
const MAX_ROWS_PER_RUN = 1_000;
const AT_ONCE = 16;

interface Deps {
  readonly ledger: Pick<Ledger, 'due' | 'replace' | 'remove'>;
  readonly tickets: Tickets;
  readonly clock: Clock;
  readonly instance: string;
}

export interface Swept {
  /** Open requests that were sent again, or released. */
  readonly queued: number;
  /** Final requests, and people, that were kept for long enough. */
  readonly purged: number;
  /** Rows that were due, and are of a shape that this version does not know: each is in the log, by its keys. */
  readonly unreadable: number;
}

/**
 * Sends a ticket for each open request that is overdue: accepted but never sent, due by now, left working by
 * a holder that died, or waiting past its time. Removes what was kept for long enough. Reads only what is due; safe
 * on several instances: the ledger decides who was first.
 */
export function createSweep({ ledger, tickets, clock, instance }: Deps) {
  return async (log: Log): Promise<Swept> => {
    const { rows, unreadable } = await ledger.due(clock(), MAX_ROWS_PER_RUN);
    for (const key of unreadable) log.warn('row-unreadable', { key });
    // One that fails keeps none of the others: all are tried before the failure is told.
    const done = await pMap(rows, sweep, { concurrency: AT_ONCE, stopOnError: false });
    return {
      queued: done.filter((one) => one === 'queued').length,
      purged: done.filter((one) => one === 'purged').length,
      unreadable: unreadable.length,
    };

    async function sweep(row: StoredEntry | StoredPerson) {
      if ('requestId' in row && isOpen(row.state)) return queue(row, log);
      return (await ledger.remove(row)) ? 'purged' : 'changed';
    }
  };

  async function queue(entry: StoredEntry, log: Log) {
    const mover = { at: clock(), instance };
    if (entry.state === 'working' && entry.troubledSince) return holdBack(waitTroubled(entry, mover), log);
    const detail = `the sweep found it ${entry.state} and overdue`;
    const next = moveEntry(entry, 'queued', mover, toLeftBy(entry, mover.at), { detail });
    // Sent before it is written: a crash in between costs a second ticket, not the first.
    await tickets.send(entry, 0);
    if ((await ledger.replace(next)) === CHANGED_MEANWHILE) return 'changed';
    logMove(log, next, entry.state);
    return 'queued';
  }

  /** Its holders died one after the other, and it may be why. */
  async function holdBack(next: StoredEntry, log: Log) {
    const written = await ledger.replace(next);
    if (written === CHANGED_MEANWHILE) return 'changed';
    logMove(log, written, 'working');
    if (written.waiting) await tickets.send(written, written.waiting.until.getTime() - clock().getTime());
    return 'queued';
  }
}

/** One that is found working had a holder that died, perhaps after Webex had applied the change. */
const toLeftBy = ({ mayHaveApplied, state }: StoredEntry, now: Date) =>
  state === 'working' ? { mayHaveApplied: true, troubledSince: now } : { mayHaveApplied };
