import type { Log } from '../platform/log.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { sendNextCheck } from '../requests/next-check.ts';
import { type ItemResult, isHeld, toRemovedLicenses } from '../requests/record/item-result.ts';
import { type Item, toItems } from '../requests/record/items.ts';
import { logMoves } from '../requests/record/log-move.ts';
import { type Person, remember } from '../requests/record/person.ts';
import { moveRequest, type StoredRequest } from '../requests/record/record.ts';
import { isOpen } from '../requests/record/states.ts';
import type { SeatChange } from '../seats/seats.ts';
import { isPersonalCalling } from '../webex/license.ts';
import type { AttemptEnd } from './attempt/attempt-end.ts';
import { toAuditChanges } from './audit-changes.ts';
import type { HeldLease } from './lease/person-lease.ts';
import { stillUnanswered } from './lease/person-memory.ts';
import { nameResults, namesLocation } from './name-results.ts';
import { decideNextState, type RequestEnd } from './next-state.ts';
import type { Worker } from './worker.ts';

/**
 * Commits the next state of each request, and releases the lease. The audit trail is written first, so that a crash
 * leaves no change without its line. The request store is written before the message is sent: after a crash in between,
 * the sweep sends the message.
 */
export async function commitAttempt(
  worker: Worker,
  { person, records, found }: HeldLease,
  end: AttemptEnd,
  log: Log,
): Promise<void> {
  const { requestStore, audit, seats, clock, instance, random, policy } = worker;
  const wasKnown = found.personId !== undefined && !found.isFromSnapshot;
  const locations = records.some(namesLocation) ? await worker.readKnownLocations() : undefined;
  const next = records.map((record, index) => {
    const results = nameResults(record, end.results[index] ?? [], end.seen, locations);
    const own = toRequestEnd(end, results, wasKnown);
    const { state, change, evidence } = decideNextState(record, own, { now: clock(), random, policy });
    return moveRequest(record, state, { at: clock(), instance }, change, evidence);
  });
  const attempted = next.map((record, index) => {
    return { record: records[index] ?? record, results: end.results[index] ?? [], next: record };
  });
  await audit.append(toAuditChanges(attempted, end.seen, instance));
  await freeLostNumbers(worker, next, end);
  const causes = new Set(
    next.flatMap(({ results }) => results.filter(isHeld).map(({ cause = '' }) => cause)),
  );
  for (const cause of causes) await worker.noteCause(cause, log);
  const written = await requestStore.commit(toReleased(person, next, end, clock()), next);
  if (written === VERSION_CONFLICT) {
    return log.warn('lease-lost', { requestId: records[0]?.requestId, requests: records.length });
  }
  logMoves(records, written.records, log);
  await sendFirstCheck(worker, written.records);
  const changes = toSeatChanges(records, written.records);
  await worker.numbers.settle(written.records);
  await seats.release(written.records, changes, records[0]?.request?.orgId, log);
}

/** The extension and number of a person go with the Calling license. */
async function freeLostNumbers(
  { numbers }: Worker,
  records: readonly StoredRequest[],
  { results, seen }: AttemptEnd,
): Promise<void> {
  const isCalling = (id: string) => isPersonalCalling({ id, name: seen.names.get(id)?.name ?? id });
  const isLost = (item: Item, { result, licenseId }: ItemResult) => {
    if (item.kind !== 'license' || item.operation !== 'remove' || result !== 'removed') return false;
    const named = typeof item.reference === 'string' ? item.reference : item.reference.name;
    return isCalling(licenseId ?? named);
  };
  for (const [index, { request, personId = request?.person.personId }] of records.entries()) {
    const items = request ? toItems(request) : [];
    const hasLost = items.some((item) => isLost(item, results[index]?.[item.index] ?? { result: 'wanted' }));
    if (personId !== undefined && hasLost) await numbers.free(personId);
  }
}

/** The failure of the attempt is not that of a request whose items all have a result. */
function toRequestEnd(
  { personId, mayHaveApplied, failure }: AttemptEnd,
  results: RequestEnd['results'],
  wasKnown: boolean,
): RequestEnd {
  return results.some(({ result }) => result === 'wanted')
    ? { results, personId, wasKnown, mayHaveApplied, failure }
    : { results, personId, wasKnown, mayHaveApplied: false };
}

/** The row of the person without the lease, and with the new decisions. */
function toReleased(
  { holder: _released, unanswered: before, ...person }: HeldLease['person'],
  next: readonly StoredRequest[],
  { asked, unanswered = before }: AttemptEnd,
  now: Date,
): Person {
  const ended = new Set(next.filter(({ state }) => !isOpen(state)).map(({ requestId }) => requestId));
  const decided = [...asked]
    .filter(([, { isDecided, requestId }]) => isDecided || ended.has(requestId))
    .map(([key, { isDecided: _isDecided, ...request }]) => [key, request] as const);
  const lasting = stillUnanswered(unanswered, now);
  return {
    ...person,
    newest: remember(person, decided),
    ...(lasting.length > 0 && { unanswered: lasting }),
    updatedAt: now,
  };
}

/** One message is enough: the other waiting requests are performed together with the first, or found by the sweep. */
async function sendFirstCheck({ messages }: Worker, records: readonly StoredRequest[]): Promise<void> {
  const [first] = records
    .filter(({ waiting }) => waiting !== undefined)
    .sort((a, b) => toUntilMs(a) - toUntilMs(b));
  if (first) await sendNextCheck(messages, first);
}

export const toUntilMs = ({ waiting }: StoredRequest): number => waiting?.until.getTime() ?? 0;

/** The licenses that this attempt added and removed at Webex. */
const toSeatChanges = (
  before: readonly StoredRequest[],
  after: readonly StoredRequest[],
): readonly SeatChange[] =>
  after.flatMap(({ requestId, results }, record) =>
    results.flatMap((result, item): SeatChange[] => {
      const was = before[record]?.results[item];
      if (was?.result !== 'wanted') return [];
      const removedBefore = toRemovedLicenses(was);
      const removed = toRemovedLicenses(result).filter((id) => !removedBefore.includes(id));
      const given =
        result.result === 'assigned' && result.changed !== false ? [result.licenseId ?? []].flat() : [];
      return [
        ...given.map((licenseId) => ({ requestId, licenseId, operation: 'add' as const })),
        ...removed.map((licenseId) => ({ requestId, licenseId, operation: 'remove' as const })),
      ];
    }),
  );
