import type { AuditTrail } from '../../audit/trail.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { toAbandoned } from '../abandoned-changes.ts';
import { sendNextCheck } from '../next-check.ts';
import { decodeQueueMessage, toMessageText, type WorkTarget } from '../queue-message.ts';
import { toIdStart } from '../record/accept.ts';
import { logMove } from '../record/log-move.ts';
import { LEASE_MS } from '../record/person.ts';
import { failAfterRedeliveries, isFailingTooLong, waitForRedelivery } from '../record/redelivery-backoff.ts';
import { isOpen } from '../record/states.ts';
import type { RequestStore, WorkQueue } from '../store.ts';

/** Longer than the host delivers a message: an older record with the same text belongs to another message. */
const SAME_MESSAGE_MS = 2 * 3_600_000;
const MAX_SAME_TEXT = 20;

type Target = Pick<WorkTarget, 'requestId' | 'fencingToken'>;

interface Deps {
  readonly requestStore: Pick<RequestStore, 'read' | 'replace' | 'startingWith'>;
  readonly workQueue: WorkQueue;
  readonly openMessage: (received: unknown, messageId: string, log: Log) => Promise<readonly WorkTarget[]>;
  readonly audit: AuditTrail;
  /** From the first move to the poison queue until the request fails. */
  readonly policy: { readonly horizonMs: number };
  readonly clock: Clock;
  readonly instance: string;
}

/**
 * Recovers the requests of a message from the poison queue: an outage of storage may have outlasted the deliveries. A
 * request gets a new work message after a delay that grows to an hour, and fails at the horizon. A request with a
 * newer work message stays unchanged. Throws where a request is leased or changes at the same time: the message is
 * delivered again.
 */
export function createRecordPoison(deps: Deps) {
  const { requestStore, workQueue, openMessage, audit, policy, clock, instance } = deps;
  /** @param poisonedAt when the host moved the message to the poison queue */
  return async function recordPoison(
    received: unknown,
    messageId: string,
    poisonedAt: Date,
    log: Log,
  ): Promise<void> {
    const targets = await toTargets(received, messageId, poisonedAt, log);
    const results = await Promise.allSettled(targets.map((target) => recover(target, log)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };

  /** The host copies a message under another id: a request that the message became is found by the text. */
  async function toTargets(
    received: unknown,
    messageId: string,
    poisonedAt: Date,
    log: Log,
  ): Promise<readonly Target[]> {
    const message = decodeQueueMessage(received);
    if (message.ok && message.value.kind === 'work') return message.value.targets;
    const idStart = toIdStart(toMessageText(received));
    const since = poisonedAt.getTime() - SAME_MESSAGE_MS;
    const known = (await requestStore.startingWith(idStart, MAX_SAME_TEXT)).filter(
      ({ acceptedAt }) => acceptedAt.getTime() >= since,
    );
    if (known.length > 0) return known.map(({ requestId }) => ({ requestId, fencingToken: 0 }));
    return openMessage(received, messageId, log);
  }

  async function recover({ requestId, fencingToken }: Target, log: Log): Promise<void> {
    const record = await requestStore.read(requestId);
    const isCurrent =
      record && isOpen(record.state) && record.state !== 'scheduled' && record.fencingToken === fencingToken;
    if (!isCurrent) return log.info('message-stale', { requestId, state: record?.state, fencingToken });
    // The worker wrote the record when it acquired the lease.
    const leasedUntilMs = record.state === 'working' ? record.updatedAt.getTime() + LEASE_MS : 0;
    if (leasedUntilMs > clock().getTime())
      throw new Error(
        `${requestId} is leased: its next state is known once the lease is released or expires`,
      );
    const mover = { at: clock(), instance };
    const hasFailed = isFailingTooLong(record, mover.at, policy.horizonMs);
    const next = hasFailed ? failAfterRedeliveries(record, mover) : waitForRedelivery(record, mover);
    if (!isOpen(next.state)) await audit.append(toAbandoned(record, mover));
    const written = await requestStore.replace(next);
    if (written === VERSION_CONFLICT) throw new Error(`${requestId} changed during the recovery`);
    logMove(log, written, record.state);
    await sendNextCheck(workQueue, written);
  }
}
