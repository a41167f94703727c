import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { moveEntry } from './entry.ts';
import { CHANGED_MEANWHILE, type Ledger, type Tickets } from './ledger.ts';
import { logMove } from './log-move.ts';

/** One run looks at no more than this; the next one goes on. */
const MAX_ENTRIES_PER_RUN = 1_000;

/**
 * Sends a ticket for each open request that is overdue: accepted but never sent, due by now, left working by
 * a holder that died, or waiting past its time. Safe on several instances: the ledger decides who was first.
 */
export function createSweep(deps: { ledger: Ledger; tickets: Tickets; clock: Clock; instance: string }) {
  const { ledger, tickets, clock, instance } = deps;
  return async (log: Log): Promise<{ readonly queued: number }> => {
    let queued = 0;
    for await (const entry of ledger.overdue(clock(), MAX_ENTRIES_PER_RUN)) {
      const next = moveEntry(
        entry,
        'queued',
        { at: clock(), instance },
        { mayHaveApplied: entry.mayHaveApplied || entry.state === 'working' },
        { detail: `the sweep found it ${entry.state} and overdue` },
      );
      // Sent before it is written: a crash in between costs a second ticket, not the first.
      await tickets.send(entry.requestId, entry.delivery, 0);
      if ((await ledger.replace(next)) === CHANGED_MEANWHILE) continue;
      logMove(log, next, entry.state);
      queued += 1;
    }
    return { queued };
  };
}
