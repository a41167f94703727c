import type { Log } from '../platform/log.ts';
import type { WorkTarget } from '../requests/queue-message.ts';
import { countIllegal } from '../requests/record/log-move.ts';
import { ATTEMPT_DEADLINE_MS, type StoredRequest, toEffectiveAt } from '../requests/record/record.ts';
import { isFailingTooLong, toLatestFailure } from '../requests/record/redelivery-backoff.ts';
import { toCanonicalId } from '../webex/webex-id.ts';
import type { AttemptEnd } from './attempt/attempt-end.ts';
import { commitAttempt } from './commit.ts';
import { learnName } from './lease/find-lease.ts';
import { acquirePersonLease, type HeldLease, type StoredRequests } from './lease/person-lease.ts';
import { failExhausted, finishMove, waitForPermit, waitForWebex } from './lease/without-lease.ts';
import type { Job } from './progress.ts';
import { CHECK_AGAIN_MS, type Worker } from './worker.ts';

/**
 * Handles one message of the queue `license-requests`, and each request that it stands for. The host deletes the
 * message when this returns, and delivers it again when it throws: a request that has ended by then is found stale. It
 * throws only where storage cannot be reached.
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

/** The requests of one person one after the other: the first takes the others along, which are stale then. */
async function performInOrder(worker: Worker, targets: readonly WorkTarget[], log: Log): Promise<void> {
  for (const target of targets) await countIllegal(log, () => performRequest(worker, target, log));
}

/**
 * Performs a request that is due, with all that is open for the person: decides what to do with the message, acquires a
 * permit and the lease of the person, attempts the changes at Webex, and commits what became of them. A retry is
 * another message, with a delay.
 */
async function performRequest(worker: Worker, target: WorkTarget, log: Log): Promise<void> {
  const { requestStore, messages, permits, clock, policy } = worker;
  const stored = await requestStore.readPerson(target.personKey);
  const delivery = decideDelivery(target, stored, clock(), policy.horizonMs);
  const { kind, lead } = delivery;
  if (kind === 'stale') return logStale(target, lead, log);
  if (kind === 'early' || kind === 'leased') return messages.send(lead, delivery.delayMs);
  if (kind === 'moving') return finishMove(worker, lead, delivery.personKey);
  if (kind === 'exhausted') return failExhausted(worker, lead, log);

  const pause = await permits.acquire(lead);
  if (pause) return waitForPermit(worker, lead, pause, log);

  const acquired = await acquirePersonLease(worker, lead, stored, log);
  if (acquired.kind === 'busy') return messages.send(lead, CHECK_AGAIN_MS);
  if (acquired.kind === 'unknown-person') return waitForWebex(worker, lead, acquired.failure, log);

  const end = await worker.attempt(toJob(acquired));
  // However the requests of a person name them, they are one person.
  const { personKey } = acquired.found.lease;
  permits.note({ ...lead, personKey }, { failure: end.failure, isServed: isServed(acquired, end) });
  await commitAttempt(worker, acquired, end, log);
  await learnFromAnswer(worker, acquired, end);
}

/** What to do with one delivery of a work message. */
type Delivery =
  /** Nothing: the request has ended, or another message is for it now. */
  | { readonly kind: 'stale'; readonly lead: StoredRequest | undefined }
  /** To send the message again: the request does not take effect yet. */
  | { readonly kind: 'early'; readonly lead: StoredRequest; readonly delayMs: number }
  /** To send the message again: another instance holds the lease. */
  | { readonly kind: 'leased'; readonly lead: StoredRequest; readonly delayMs: number }
  /** To finish the move of the request to another key. */
  | { readonly kind: 'moving'; readonly lead: StoredRequest; readonly personKey: string }
  /** To fail the request: each worker has died with it, up to the horizon. */
  | { readonly kind: 'exhausted'; readonly lead: StoredRequest }
  /** To perform the request. */
  | { readonly kind: 'go'; readonly lead: StoredRequest };

/** By how much the times of two instances may differ: all go by storage's to a second, but for those of version 0.1.0. */
const CLOCK_SKEW_MS = 10_000;

/** Decides what to do with a message, by what is stored. Its `delivery` is the fencing token: an older one is stale. */
function decideDelivery(
  { requestId, fencingToken }: WorkTarget,
  { person, open }: StoredRequests,
  now: Date,
  horizonMs: number,
): Delivery {
  const lead = open.find((record) => record.requestId === requestId);
  if (lead?.request === undefined || lead.fencingToken !== fencingToken) return { kind: 'stale', lead };
  // The sweep sends the message of what is due before it writes, and its clock may be ahead of this one.
  const earlyMs = lead.state === 'scheduled' ? toEffectiveAt(lead).getTime() - now.getTime() : 0;
  if (earlyMs > CLOCK_SKEW_MS) return { kind: 'stale', lead };
  if (earlyMs > 0) return { kind: 'early', lead, delayMs: earlyMs };
  if (lead.movedTo !== undefined) return { kind: 'moving', lead, personKey: lead.movedTo };
  const leasedMs = (person?.holder?.until.getTime() ?? 0) - now.getTime();
  if (leasedMs > 0) return { kind: 'leased', lead, delayMs: Math.min(leasedMs, CHECK_AGAIN_MS) };
  if (isFailingTooLong(lead, toLatestFailure(lead), horizonMs)) return { kind: 'exhausted', lead };
  return { kind: 'go', lead };
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

/** Whether a change was answered in this attempt. */
const isServed = ({ records }: HeldLease, { results }: AttemptEnd): boolean =>
  results.some((own, record) =>
    own.some(({ trackingId }, item) => {
      return trackingId !== undefined && trackingId !== records[record]?.results[item]?.trackingId;
    }),
  );

/** Webex may say that the name means another person than was known, or none. */
async function learnFromAnswer(worker: Worker, { found }: HeldLease, end: AttemptEnd): Promise<void> {
  const isUnknown = end.failure?.condition === 'person-not-found';
  const answered = isUnknown ? undefined : end.personId;
  if (isUnknown || (answered !== undefined && toCanonicalId('PEOPLE', answered) !== found.personId))
    await learnName(worker, found, answered);
}
