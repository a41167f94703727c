import type { Log } from '../../platform/log.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { toAbandoned } from '../../requests/abandoned-changes.ts';
import { sendNextCheck } from '../../requests/next-check.ts';
import { PAUSED_BY_OPERATOR } from '../../requests/record/item-result.ts';
import { logMoves } from '../../requests/record/log-move.ts';
import { moveRequest, type StoredRequest } from '../../requests/record/record.ts';
import { MOVED_TO_POISON_QUEUE } from '../../requests/record/redelivery-backoff.ts';
import { isOpen } from '../../requests/record/states.ts';
import { WAIT_POLICIES } from '../../requests/record/wait-reasons.ts';
import type { WebexFailure } from '../../webex/errors/failure.ts';
import type { Pause } from '../../webex/rate-limit/permit.ts';
import { toUntilMs } from '../commit.ts';
import { decideNextState, type NextState, toWaitingCause } from '../next-state.ts';
import { CHECK_AGAIN_MS, type Worker } from '../worker.ts';
import { isUncertain } from './person-lease.ts';

/** Well before the sweep treats the message of the request as lost. */
const SAME_UNTIL_MS = 60_000;

/** `until` is the next check whether the pause is still in force. */
interface OperatorPause {
  readonly for: typeof PAUSED_BY_OPERATOR;
  readonly until: Date;
}

/** Has a request wait for a permit. Where its record has the same wait with about the same end, only a message is sent. */
export async function waitForPermit(
  worker: Worker,
  lead: StoredRequest,
  pause: Pause | OperatorPause,
  log: Log,
): Promise<void> {
  const { until } = pause;
  const cause = 'cause' in pause ? pause.cause : undefined;
  const { waiting } = lead;
  const isSame = waiting?.for === pause.for && waiting.condition === cause?.condition;
  if (isSame && until.getTime() <= toUntilMs(lead) + SAME_UNTIL_MS)
    return sendNextCheck(worker.messages, { ...lead, waiting: { ...waiting, until } }, worker.clock());
  const next: NextState = {
    state: 'waiting',
    change: {
      fencingToken: lead.fencingToken + 1,
      waiting: { for: pause.for, until, ...toWaitingCause(cause) },
      mayHaveApplied: isUncertain(lead),
      // This was no attempt: the redelivery backoff goes on.
      ...(lead.failingSince && { failingSince: lead.failingSince }),
    },
    evidence: { detail: `${cause?.condition ?? pause.for}: not sent` },
  };
  return commitWithoutLease(worker, lead, next, log);
}

/** Has a request wait, of which an operator holds back all that is left to do. */
export const waitForOperator = (worker: Worker, lead: StoredRequest, log: Log): Promise<void> => {
  const until = new Date(worker.clock().getTime() + WAIT_POLICIES[PAUSED_BY_OPERATOR].delay.ms);
  return waitForPermit(worker, lead, { for: PAUSED_BY_OPERATOR, until }, log);
};

/** Has a request wait after a failed look-up of its person. */
export async function waitForWebex(
  worker: Worker,
  lead: StoredRequest,
  failure: WebexFailure,
  log: Log,
): Promise<void> {
  const { permits, clock, random, policy } = worker;
  permits.note(lead, { failure, isServed: false });
  const tried = { ...lead, attempts: lead.attempts + 1 };
  const { results, personId } = lead;
  const end = { results, personId, mayHaveApplied: isUncertain(lead), failure };
  const next = decideNextState(tried, end, { now: clock(), random, policy });
  return commitWithoutLease(worker, lead, next, log);
}

/** Fails a request whose workers have crashed up to the retry horizon. */
export const failExhausted = (worker: Worker, lead: StoredRequest, log: Log): Promise<void> =>
  commitWithoutLease(worker, lead, EXHAUSTED, log);

const EXHAUSTED: NextState = {
  state: 'failed',
  change: { failure: MOVED_TO_POISON_QUEUE },
  evidence: { detail: MOVED_TO_POISON_QUEUE.condition },
};

/** Commits the next state of a request without a lease: no change was sent for it. */
async function commitWithoutLease(
  { requestStore, messages, audit, clock, instance }: Worker,
  record: StoredRequest,
  { state, change, evidence }: NextState,
  log: Log,
): Promise<void> {
  const mover = { at: clock(), instance };
  if (!isOpen(state)) await audit.append(toAbandoned(record, mover));
  const written = await requestStore.replace(moveRequest(record, state, mover, change, evidence));
  if (written === VERSION_CONFLICT) {
    log.info('request-conflict', { requestId: record.requestId });
    // The sweep sends a message before it writes: the handled message may have been the only one.
    return messages.send(record, CHECK_AGAIN_MS);
  }
  logMoves([record], [written], log);
  await sendNextCheck(messages, written);
}

/** Finishes the move of a request to the key of another name, which a process of this or an older version began. */
export async function finishMove(
  { requestStore, messages }: Worker,
  lead: StoredRequest,
  personKey: string,
): Promise<void> {
  const isMoved = (await requestStore.move(lead, personKey)) === 'moved';
  // On a version conflict with the sweep, the request is not moved, and the handled message may have been the only one.
  await messages.send(isMoved ? { ...lead, personKey } : lead, isMoved ? 0 : CHECK_AGAIN_MS);
}
