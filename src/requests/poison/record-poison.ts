import type { AuditTrail } from '../../audit/trail.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { toAbandoned } from '../abandoned-changes.ts';
import { sendNextCheck } from '../next-check.ts';
import type { WorkTarget } from '../queue-message.ts';
import { decodeQueueMessage, toMessageText } from '../queue-message.ts';
import { toIdStart } from '../record/accept.ts';
import { logMove } from '../record/log-move.ts';
import { LEASE_MS } from '../record/person.ts';
import { failAfterRedeliveries, isFailingTooLong, waitForRedelivery } from '../record/redelivery-backoff.ts';
import { isOpen } from '../record/states.ts';
import type { RequestStore, WorkQueue } from '../store.ts';

/** Longer than the host delivers one message: an entry of the same text from before that is of another message. */
const SAME_MESSAGE_MS = 2 * 3_600_000;
const MAX_SAME_TEXT = 20;

interface Deps {
  readonly requestStore: Pick<RequestStore, 'read' | 'replace' | 'startingWith'>;
  readonly workQueue: WorkQueue;
  readonly openMessage: (received: unknown, messageId: string, log: Log) => Promise<readonly WorkTarget[]>;
  readonly audit: AuditTrail;
  /** From when the host gave up first until nobody tries it again. */
  readonly policy: { readonly horizonMs: number };
  readonly clock: Clock;
  readonly instance: string;
}

/**
 * Takes up what the host gave up on: storage may have been away for longer than it delivers a message. A request has
 * a new ticket, after a time that grows with the trouble up to an hour, and fails at the horizon; one to which another
 * ticket leads by now stays as it is. Throws where an entry moved meanwhile, or somebody works on it, and the host
 * delivers the message again.
 */
export function createRecordPoison(deps: Deps) {
  const { requestStore, workQueue, openMessage, audit, policy, clock, instance } = deps;
  /** @param givenUpAt when the host put it on the poison queue */
  return async (received: unknown, messageId: string, givenUpAt: Date, log: Log): Promise<void> => {
    const targets = await toTargets(received, messageId, givenUpAt, log);
    const ends = await Promise.allSettled(targets.map((target) => takeUp(target, log)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };

  /** The host copies a message under another id: what it became when it was first read is found by its text. */
  async function toTargets(
    received: unknown,
    messageId: string,
    givenUpAt: Date,
    log: Log,
  ): Promise<readonly Pick<WorkTarget, 'requestId' | 'fencingToken'>[]> {
    const message = decodeQueueMessage(received);
    if (message.ok && message.value.kind === 'work') return message.value.targets;
    const idStart = toIdStart(toMessageText(received));
    const since = givenUpAt.getTime() - SAME_MESSAGE_MS;
    const known = (await requestStore.startingWith(idStart, MAX_SAME_TEXT)).filter(
      ({ acceptedAt }) => acceptedAt.getTime() >= since,
    );
    if (known.length > 0) return known.map(({ requestId }) => ({ requestId, fencingToken: 0 }));
    return openMessage(received, messageId, log);
  }

  async function takeUp(
    { requestId, fencingToken }: Pick<WorkTarget, 'requestId' | 'fencingToken'>,
    log: Log,
  ): Promise<void> {
    const record = await requestStore.read(requestId);
    const isDue =
      record && isOpen(record.state) && record.state !== 'scheduled' && record.fencingToken === fencingToken;
    if (!isDue) return log.info('message-stale', { requestId, state: record?.state, fencingToken });
    // It was written when the lease was taken.
    const heldUntilMs = record.state === 'working' ? record.updatedAt.getTime() + LEASE_MS : 0;
    if (heldUntilMs > clock().getTime()) {
      throw new Error(
        `${requestId} is being worked on: what it leads to is known once that lease is released or expires`,
      );
    }
    const mover = { at: clock(), instance };
    const isOver = isFailingTooLong(record, mover.at, policy.horizonMs);
    const next = isOver ? failAfterRedeliveries(record, mover) : waitForRedelivery(record, mover);
    if (!isOpen(next.state)) await audit.append(toAbandoned(record, mover));
    const written = await requestStore.replace(next);
    if (written === VERSION_CONFLICT)
      throw new Error(`${requestId} moved while the host's giving up was recorded`);
    logMove(log, written, record.state);
    await sendNextCheck(workQueue, written);
  }
}
