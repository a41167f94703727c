import type { AuditTrail } from '../audit/trail.ts';
import { moveEntry, type StoredEntry, toTaken } from '../ledger/entry.ts';
import type { Ledger, Tickets } from '../ledger/ledger.ts';
import { logMoves } from '../ledger/log-move.ts';
import { remember, type StoredPerson } from '../ledger/person.ts';
import { isOpen } from '../ledger/states.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { AttemptEnd } from './attempt.ts';
import { toChanges } from './changes.ts';
import type { Conclusion, EntryEnd } from './conclude.ts';
import type { SeatChange, Seats } from './seats.ts';
import { stillUnanswered } from './unanswered.ts';

interface Deps {
  readonly ledger: Pick<Ledger, 'commit'>;
  readonly tickets: Tickets;
  readonly audit: AuditTrail;
  readonly seats: Pick<Seats, 'ended'>;
  readonly toConclusion: (entry: StoredEntry, end: EntryEnd) => Conclusion;
  readonly clock: Clock;
  readonly instance: string;
}

/** A turn, and the requests that it was taken for. */
interface Taken {
  readonly person: StoredPerson;
  readonly entries: readonly StoredEntry[];
}

/**
 * Ends a turn: what became of each request is written, and the person is free again. The audit trail comes first: no
 * change is without its line, whatever dies in between. The ledger is written before the ticket is sent: a crash in
 * between leaves a late ticket, which the sweep sends.
 */
export function createGiveBack({ ledger, tickets, audit, seats, toConclusion, clock, instance }: Deps) {
  return async (
    { person: { turn: _over, ...person }, entries }: Taken,
    { asked, seen, results, unanswered, ...end }: AttemptEnd,
    log: Log,
  ): Promise<void> => {
    const next = entries.map((entry, index) => {
      const { state, change, evidence } = toConclusion(entry, toEntryEnd(end, results[index] ?? []));
      return moveEntry(entry, state, { at: clock(), instance }, change, evidence);
    });
    const attempted = next.map((entry, index) => {
      return { entry: entries[index] ?? entry, results: results[index] ?? [], next: entry };
    });
    await audit.append(toChanges(attempted, seen, instance));
    const ended = new Set(next.filter(({ state }) => !isOpen(state)).map(({ requestId }) => requestId));
    const newest = remember(
      person,
      [...asked]
        .filter(([, { isSettled, requestId }]) => isSettled || ended.has(requestId))
        .map(([key, { isSettled: _settled, ...one }]) => [key, one] as const),
    );
    const mayArrive = stillUnanswered(unanswered ?? person.unanswered, clock());
    const { unanswered: _before, ...others } = person;
    const known = { ...others, newest, ...(mayArrive.length > 0 && { unanswered: mayArrive }) };
    const written = await ledger.commit({ ...known, updatedAt: clock() }, next);
    if (written === VERSION_CONFLICT) {
      return log.warn('turn-lost', { requestId: entries[0]?.requestId, requests: entries.length });
    }
    logMoves(entries, written.entries, log);
    // Whoever is looked at takes the others along; should it be gone by then, the sweep finds them.
    const [first] = written.entries
      .filter(({ waiting }) => waiting !== undefined)
      .sort((a, b) => toUntilMs(a) - toUntilMs(b));
    if (first) await tickets.send(first, Math.max(0, toUntilMs(first) - clock().getTime()));
    const changes = toSeatChanges(entries, written.entries);
    await seats.ended(written.entries, changes, entries[0]?.request?.orgId, log);
  };
}

export const toUntilMs = ({ waiting }: StoredEntry): number => waiting?.until.getTime() ?? 0;

/** What went wrong with others of the group is nothing to a request that is settled. */
const toEntryEnd = (
  { failure, ...end }: Omit<AttemptEnd, 'asked' | 'results' | 'seen' | 'unanswered'>,
  results: EntryEnd['results'],
) =>
  results.some(({ result }) => result === 'wanted')
    ? { ...end, results, failure }
    : { ...end, results, mayHaveApplied: false };

/** What was added and removed at Webex by these requests. */
const toSeatChanges = (
  before: readonly StoredEntry[],
  after: readonly StoredEntry[],
): readonly SeatChange[] =>
  after.flatMap(({ requestId, results }, entry) =>
    results.flatMap((result, item): SeatChange[] => {
      const was = before[entry]?.results[item];
      if (was?.result !== 'wanted') return [];
      const takenBefore = toTaken(was);
      const taken = toTaken(result).filter((id) => !takenBefore.includes(id));
      const given =
        result.result === 'assigned' && result.changed !== false ? [result.licenseId ?? []].flat() : [];
      return [
        ...given.map((licenseId) => ({ requestId, licenseId, operation: 'add' as const })),
        ...taken.map((licenseId) => ({ requestId, licenseId, operation: 'remove' as const })),
      ];
    }),
  );
