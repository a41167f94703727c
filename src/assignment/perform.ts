import { ATTEMPT_DEADLINE_MS, moveEntry, type StoredEntry, toOverdueAt } from '../ledger/entry.ts';
import { CHANGED_MEANWHILE, type Ledger, type OpenedMessage, type Tickets } from '../ledger/ledger.ts';
import { logMove } from '../ledger/log-move.ts';
import { isOpen } from '../ledger/states.ts';
import type { Clock, Random } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Pace } from '../webex/pace.ts';
import type { Attempt } from './attempt.ts';
import { type Conclusion, conclude } from './conclude.ts';
import { decideRetry, type RetryPolicy } from './retry-policy.ts';

interface Deps {
  /** Undefined where nothing is to be done: the message is recorded as a dead letter, or its entry is gone. */
  readonly openMessage: (
    received: unknown,
    messageId: string,
    log: Log,
  ) => Promise<OpenedMessage | undefined>;
  readonly ledger: Pick<Ledger, 'replace'>;
  readonly tickets: Tickets;
  readonly attempt: Attempt;
  readonly pace: Pace;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly instance: string;
}

/**
 * Acts on one message of the queue `license-requests`. The host deletes the message when this returns, so
 * this returns once the ledger says what comes next; retries are new tickets, sent with a delay. It throws
 * only where the ledger or the queue cannot be reached, and then the host delivers the message again.
 */
export function createPerform(deps: Deps) {
  const { openMessage, ledger, tickets, attempt, pace, policy, clock, random, instance } = deps;

  return async (received: unknown, messageId: string, log: Log): Promise<void> => {
    const opened = await openMessage(received, messageId, log);
    if (opened === undefined) return;
    const { entry, delivery } = opened;
    if (delivery !== entry.delivery || !isReady(entry, clock())) {
      log.info('message-stale', { requestId: entry.requestId, state: entry.state, delivery });
      return;
    }
    const pause = pace.paused();
    if (pause) return settle(entry, toPaused(entry, pause), log);

    const taken = await write(
      moveEntry(entry, 'working', mover(), {
        attempts: entry.attempts + 1,
        mayHaveApplied: isUncertain(entry),
      }),
      entry,
      log,
    );
    if (taken?.request === undefined) return;
    const deadline = new Date(taken.updatedAt.getTime() + ATTEMPT_DEADLINE_MS);
    const end = await attempt(taken, taken.request, deadline);

    const now = clock();
    const retry = end.failure && decideRetry(end.failure, taken, { now, random, policy });
    if (retry?.kind === 'wait' && (retry.reason === 'rate-limited' || retry.reason === 'paused')) {
      pace.pause({ until: new Date(now.getTime() + retry.delayMs), for: retry.reason });
    }
    await settle(taken, conclude(taken, end, retry, now), log);
  };

  /** Written before the ticket is sent: a crash in between leaves a late ticket, which the sweep sends. */
  async function settle(
    entry: StoredEntry,
    { state, change, evidence }: Conclusion,
    log: Log,
  ): Promise<void> {
    const written = await write(moveEntry(entry, state, mover(), change, evidence), entry, log);
    if (written?.waiting === undefined) return;
    const delayMs = written.waiting.until.getTime() - clock().getTime();
    await tickets.send(written.requestId, written.delivery, Math.max(0, delayMs));
  }

  async function write(next: StoredEntry, from: StoredEntry, log: Log): Promise<StoredEntry | undefined> {
    const written = await ledger.replace(next);
    if (written === CHANGED_MEANWHILE) {
      log.warn('entry-changed-meanwhile', { requestId: next.requestId, from: from.state, to: next.state });
      return undefined;
    }
    logMove(log, written, from.state);
    return written;
  }

  function mover() {
    return { at: clock(), instance };
  }
}

/** Whether an entry may be worked on now: not final, not scheduled, and not held by somebody who is alive. */
function isReady(entry: StoredEntry, now: Date): boolean {
  if (!isOpen(entry.state) || entry.state === 'scheduled') return false;
  return entry.state !== 'working' || (toOverdueAt(entry) ?? now) <= now;
}

/** One that is found working had a holder that died, perhaps after Webex had applied the change. */
const isUncertain = ({ mayHaveApplied, state }: StoredEntry): boolean =>
  mayHaveApplied || state === 'working';

const toPaused = (
  entry: StoredEntry,
  pause: { until: Date; for: 'rate-limited' | 'paused' },
): Conclusion => ({
  state: 'waiting',
  change: { delivery: entry.delivery + 1, waiting: pause, mayHaveApplied: isUncertain(entry) },
  evidence: { detail: `${pause.for}: not sent` },
});
