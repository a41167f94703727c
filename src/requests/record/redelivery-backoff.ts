import { type LedgerEntry, type Mover, moveEntry, type RequestFailure } from './record.ts';
import { toNextWaitMs, WAIT_POLICIES } from './wait-reasons.ts';

export const HOST_GAVE_UP: RequestFailure = {
  condition: 'host-gave-up',
  detail:
    'It was handled again and again, and each time that failed or its worker died: see the log. Redrive it once the reason is gone.',
};

/** Whether nobody has come to an end with it for so long that nobody tries it again. @param at of the latest trouble */
export const isTroubledTooLong = ({ troubledSince }: LedgerEntry, at: Date, horizonMs: number): boolean =>
  troubledSince !== undefined && at.getTime() - troubledSince.getTime() >= horizonMs;

/** When it failed last. What came after that is no trouble: it may have waited for a token all the time. */
export const toLatestTrouble = ({ history, troubledSince = new Date(0) }: LedgerEntry): Date =>
  history.findLast(({ detail }) => detail === HOST_GAVE_UP.condition)?.at ?? troubledSince;

/**
 * A request with which nobody came to an end, as it waits for another look: for as long again as that has gone on,
 * between a minute and an hour. What is over soon is tried soon, and what kills each worker kills few.
 */
export function waitTroubled<T extends LedgerEntry>(entry: T, mover: Mover): T {
  const { troubledSince = mover.at } = entry;
  const troubledMs = mover.at.getTime() - troubledSince.getTime();
  const delayMs = toNextWaitMs(WAIT_POLICIES['host-gave-up'].delay, troubledMs, 0);
  const change = {
    delivery: entry.delivery + 1,
    // One that is found working had a holder that died, perhaps after Webex had applied the change.
    mayHaveApplied: entry.mayHaveApplied || entry.state === 'working',
    troubledSince,
    waiting: { for: 'host-gave-up' as const, until: new Date(mover.at.getTime() + delayMs) },
  };
  return moveEntry(entry, 'waiting', mover, change, { detail: HOST_GAVE_UP.condition });
}

export const failTroubled = <T extends LedgerEntry>(entry: T, mover: Mover): T =>
  moveEntry(entry, 'failed', mover, { failure: HOST_GAVE_UP }, { detail: HOST_GAVE_UP.condition });
