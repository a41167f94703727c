import { isAllPaused } from '../guardrails/pause.ts';
import type { Log } from '../platform/log.ts';
import type { WorkTarget } from '../requests/queue-message.ts';
import { ATTEMPT_DEADLINE_MS, toEffectiveAt } from '../requests/record/due.ts';
import { countIllegal } from '../requests/record/log-move.ts';
import type { StoredRequest } from '../requests/record/record.ts';
import { isFailingTooLong, toLatestFailure } from '../requests/record/redelivery-backoff.ts';
import type { AttemptEnd } from './attempt/attempt-end.ts';
import { commitAttempt } from './commit.ts';
import type { Job } from './job.ts';
import { learnName } from './lease/learn-name.ts';
import { acquirePersonLease, type HeldLease, type StoredRequests } from './lease/person-lease.ts';
import {
  failExhausted,
  finishMove,
  waitForOperator,
  waitForPermit,
  waitForWebex,
} from './lease/without-lease.ts';
import { CHECK_AGAIN_MS, type Worker } from './worker.ts';

/**
 * Handles one message of the queue `license-requests`, and each request that it names. The host deletes the message when
 * this returns. It delivers the message again when this throws, where storage is unavailable; requests that have ended
 * are stale then.
 */
export async function handleMessage(
  worker: Worker,
  received: unknown,
  messageId: string,
  log: Log,
): Promise<void> {
  const targets = await worker.openMessage(received, messageId, log);
  const groups = [...groupByPerson(targets).values()];
  const ends = await Promise.allSettled(groups.map((group) => performInOrder(worker, group, log)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function groupByPerson(targets: readonly WorkTarget[]): ReadonlyMap<string, readonly WorkTarget[]> {
  const groups = new Map<string, WorkTarget[]>();
  for (const target of targets) {
    const group = groups.get(target.personKey) ?? [];
    groups.set(target.personKey, group);
    group.push(target);
  }
  return groups;
}

/** Requests of one person one after the other: the others are performed together with the first, and are stale then. */
async function performInOrder(worker: Worker, targets: readonly WorkTarget[], log: Log): Promise<void> {
  for (const target of targets) await countIllegal(log, () => performRequest(worker, target, log));
}

/**
 * Performs a due request, together with the other open requests for the person: decides what to do with the message,
 * acquires a permit and the person lease, attempts the changes at Webex, and commits the next states. A retry is another
 * message, with a delay.
 */
async function performRequest(worker: Worker, target: WorkTarget, log: Log): Promise<void> {
  const { requestStore, messages, permits, clock, policy } = worker;
  const stored = await requestStore.readPerson(target.personKey);
  const delivery = decideDelivery(target, stored, clock(), policy.horizonMs);
  const { kind, lead } = delivery;
  if (kind === 'stale') {
    logStale(target, lead, log);
    if (lead === undefined) await worker.tellEnded(target.requestId);
    return;
  }
  if (kind === 'later') return messages.send(lead, delivery.delayMs);
  if (kind === 'moving') return finishMove(worker, lead, delivery.personKey);
  if (kind === 'exhausted') return failExhausted(worker, lead, log);

  if (isAllPaused(await worker.readPause(), lead)) return waitForOperator(worker, lead, log);
  const pause = await permits.acquire(lead);
  if (pause) return waitForPermit(worker, lead, pause, log);

  const acquired = await acquirePersonLease(worker, lead, stored, log);
  if (acquired.kind === 'busy') return messages.send(lead, CHECK_AGAIN_MS);
  if (acquired.kind === 'unknown-person') return waitForWebex(worker, lead, acquired.failure, log);

  const end = await worker.attempt(toJob(acquired));
  // The key of the lease: the requests of one person may have several keys.
  const { personKey } = acquired.found.lease;
  permits.note({ ...lead, personKey }, { failure: end.failure, isServed: isServed(acquired, end) });
  await commitAttempt(worker, acquired, end, log);
  await learnName(worker, acquired.found, end);
}

/** What to do with one delivery of a work message. */
type Delivery =
  /** Nothing: the request has ended, or another message is for it now. */
  | { readonly kind: 'stale'; readonly lead: StoredRequest | undefined }
  /** Send it again: the request is not effective yet, or another instance holds the lease. */
  | { readonly kind: 'later'; readonly lead: StoredRequest; readonly delayMs: number }
  /** Finish the move of the request to another key. */
  | { readonly kind: 'moving'; readonly lead: StoredRequest; readonly personKey: string }
  /** Fail the request where its workers have crashed up to the retry horizon; else perform it. */
  | { readonly kind: 'exhausted' | 'due'; readonly lead: StoredRequest };

/** How far the clocks of two instances may differ: version 0.1.0 used its own, later ones use that of storage. */
const CLOCK_SKEW_MS = 10_000;

/** Decides what to do with a message by the stored requests. A message with an older fencing token is stale. */
function decideDelivery(
  { requestId, fencingToken }: WorkTarget,
  { person, open }: StoredRequests,
  now: Date,
  horizonMs: number,
): Delivery {
  const lead = open.find((record) => record.requestId === requestId);
  if (lead?.request === undefined || lead.fencingToken !== fencingToken) return { kind: 'stale', lead };
  // The sweep sends the message of a due request before it writes, and its clock may be ahead.
  const earlyMs = lead.state === 'scheduled' ? toEffectiveAt(lead).getTime() - now.getTime() : 0;
  if (earlyMs > CLOCK_SKEW_MS) return { kind: 'stale', lead };
  if (earlyMs > 0) return { kind: 'later', lead, delayMs: earlyMs };
  if (lead.movedTo !== undefined) return { kind: 'moving', lead, personKey: lead.movedTo };
  const leasedMs = (person?.holder?.until.getTime() ?? 0) - now.getTime();
  if (leasedMs > 0) return { kind: 'later', lead, delayMs: Math.min(leasedMs, CHECK_AGAIN_MS) };
  const isExhausted = isFailingTooLong(lead, toLatestFailure(lead), horizonMs);
  return { kind: isExhausted ? 'exhausted' : 'due', lead };
}

function logStale({ requestId, fencingToken }: WorkTarget, lead: StoredRequest | undefined, log: Log): void {
  log.info('message-stale', { requestId, state: lead?.state, fencingToken });
}

const toJob = ({ records, found, isLeaseLost, acquiredAt }: HeldLease): Job => ({
  records,
  person: found.lease,
  isLeaseLost,
  deadline: new Date(acquiredAt.getTime() + ATTEMPT_DEADLINE_MS),
  ...(found.listed && { listed: found.listed }),
});

/**
 * Whether Webex answered a change of this attempt: a result has a tracking id that no request of the group had before. A
 * request may get the result that another one has from an earlier attempt.
 */
export const isServed = (
  { records }: Pick<HeldLease, 'records'>,
  { results }: Pick<AttemptEnd, 'results'>,
): boolean => {
  const before = new Set(records.flatMap((record) => record.results.map(({ trackingId }) => trackingId)));
  return results.flat().some(({ trackingId }) => trackingId !== undefined && !before.has(trackingId));
};
