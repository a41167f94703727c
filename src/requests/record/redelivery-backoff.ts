import { type Mover, moveRequest, type RequestFailure, type RequestRecord } from './record.ts';
import { toNextWaitMs, WAIT_POLICIES } from './wait-reasons.ts';

export const HOST_GAVE_UP: RequestFailure = {
  condition: 'host-gave-up',
  detail:
    'It was handled again and again, and each time that failed or its worker died: see the log. Redrive it once the reason is gone.',
};

/** Whether nobody has come to an end with it for so long that nobody tries it again. @param at of the latest trouble */
export const isFailingTooLong = ({ failingSince }: RequestRecord, at: Date, horizonMs: number): boolean =>
  failingSince !== undefined && at.getTime() - failingSince.getTime() >= horizonMs;

/** When it failed last. What came after that is no trouble: it may have waited for a token all the time. */
export const toLatestFailure = ({ history, failingSince = new Date(0) }: RequestRecord): Date =>
  history.findLast(({ detail }) => detail === HOST_GAVE_UP.condition)?.at ?? failingSince;

/**
 * A request with which nobody came to an end, as it waits for another look: for as long again as that has gone on,
 * between a minute and an hour. What is over soon is tried soon, and what kills each worker kills few.
 */
export function waitForRedelivery<T extends RequestRecord>(record: T, mover: Mover): T {
  const { failingSince = mover.at } = record;
  const failingMs = mover.at.getTime() - failingSince.getTime();
  const delayMs = toNextWaitMs(WAIT_POLICIES['host-gave-up'].delay, failingMs, 0);
  const change = {
    fencingToken: record.fencingToken + 1,
    // One that is found working had a holder that died, perhaps after Webex had applied the change.
    mayHaveApplied: record.mayHaveApplied || record.state === 'working',
    failingSince,
    waiting: { for: 'host-gave-up' as const, until: new Date(mover.at.getTime() + delayMs) },
  };
  return moveRequest(record, 'waiting', mover, change, { detail: HOST_GAVE_UP.condition });
}

export const failAfterRedeliveries = <T extends RequestRecord>(record: T, mover: Mover): T =>
  moveRequest(record, 'failed', mover, { failure: HOST_GAVE_UP }, { detail: HOST_GAVE_UP.condition });
