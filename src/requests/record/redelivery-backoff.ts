import { type Mover, moveRequest, type RequestFailure, type RequestRecord } from './record.ts';
import { toNextWaitMs, WAIT_POLICIES } from './wait-reasons.ts';

/** The failure of a request whose messages went to the poison queue until the horizon. */
export const MOVED_TO_POISON_QUEUE: RequestFailure = {
  condition: 'host-gave-up',
  detail:
    'Its messages were moved to the poison queue: each attempt failed or its worker crashed. See the log, and redrive it once the cause is gone.',
};

/** Whether no attempt has ended for the whole horizon. @param at the time of the latest failure */
export const isFailingTooLong = ({ failingSince }: RequestRecord, at: Date, horizonMs: number): boolean =>
  failingSince !== undefined && at.getTime() - failingSince.getTime() >= horizonMs;

/** The latest move to the poison queue. Later time does not count: the request may have waited for a token. */
export const toLatestFailure = ({ history, failingSince = new Date(0) }: RequestRecord): Date =>
  history.findLast(({ detail }) => detail === MOVED_TO_POISON_QUEUE.condition)?.at ?? failingSince;

/**
 * Makes a request wait for its redelivery: as long again as it has been failing, between a minute and an hour. A
 * short cause ends soon, and a request that crashes each worker crashes few.
 */
export function waitForRedelivery<T extends RequestRecord>(record: T, mover: Mover): T {
  const { failingSince = mover.at } = record;
  const failingMs = mover.at.getTime() - failingSince.getTime();
  const delayMs = toNextWaitMs(WAIT_POLICIES['host-gave-up'].delay, failingMs, 0);
  const change = {
    fencingToken: record.fencingToken + 1,
    // The worker of a working request crashed, perhaps after Webex had applied the change.
    mayHaveApplied: record.mayHaveApplied || record.state === 'working',
    failingSince,
    waiting: { for: 'host-gave-up' as const, until: new Date(mover.at.getTime() + delayMs) },
  };
  return moveRequest(record, 'waiting', mover, change, { detail: MOVED_TO_POISON_QUEUE.condition });
}

export const failAfterRedeliveries = <T extends RequestRecord>(record: T, mover: Mover): T => {
  const evidence = { detail: MOVED_TO_POISON_QUEUE.condition };
  return moveRequest(record, 'failed', mover, { failure: MOVED_TO_POISON_QUEUE }, evidence);
};
