import { toAbandoned } from '../audit/abandoned.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { ATTEMPT_DEADLINE_MS, moveEntry, type StoredEntry, toEffectiveAt } from '../ledger/entry.ts';
import { CHANGED_MEANWHILE, type Ledger, type Tickets, type TicketTarget } from '../ledger/ledger.ts';
import { countIllegal, logMove } from '../ledger/log-move.ts';
import { newPerson, remember, type StoredPerson, TURN_MS, toPersonKey } from '../ledger/person.ts';
import { isOpen } from '../ledger/states.ts';
import type { Clock, Random } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Pause } from '../webex/pace.ts';
import type { PaceAhead } from '../webex/pace-passes.ts';
import type { Attempt, AttemptEnd } from './attempt.ts';
import { toChanges } from './changes.ts';
import { type Conclusion, conclude, type EntryEnd } from './conclude.ts';
import type { FollowId } from './follow-id.ts';
import { toGroup } from './group.ts';
import { decideRetry, type RetryPolicy } from './retry-policy.ts';
import type { SeatChange, Seats } from './seats.ts';

interface Deps {
  readonly ledger: Pick<Ledger, 'readPerson' | 'replace' | 'commit'>;
  readonly tickets: Tickets;
  readonly attempt: Attempt;
  readonly followId: FollowId;
  readonly audit: AuditTrail;
  readonly seats: Pick<Seats, 'changed'>;
  readonly pace: Pick<PaceAhead, 'ready' | 'pause'>;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly instance: string;
}

/** How soon another look is worthwhile, where somebody else has the turn, or wrote the request meanwhile. */
const LOOK_AGAIN_MS = 2_000;
/** By how much the clocks of two instances may differ. */
const CLOCK_SKEW_MS = 10_000;
/** What is welcome a moment later is waited for: to put a message back costs more. */
const PATIENCE_MS = 1_000;
/** How late a request may be looked at again; well before the sweep takes its message for lost. */
const KNOWN_UNTIL_MS = 60_000;
/** A request that is older than this came with many others, and lets younger ones pass. */
const YOUNG_MS = 2 * 60_000;

/**
 * Looks at one request that is due: takes the turn of the person, performs all that is open for them, and gives the
 * turn back. It returns once the ledger says what comes next; retries are new tickets, sent with a delay. It throws
 * only where the ledger or the queue cannot be reached.
 */
export function createPerform(deps: Deps) {
  const { ledger, tickets, attempt, followId, audit, seats } = deps;
  const { pace, policy, clock, random, instance } = deps;

  return (target: TicketTarget, log: Log): Promise<void> => countIllegal(log, () => perform(target, log));

  async function perform({ requestId, personKey, delivery }: TicketTarget, log: Log): Promise<void> {
    const { person, open } = await ledger.readPerson(personKey);
    const lead = open.find((entry) => entry.requestId === requestId);
    // The sweep sends the ticket of what is due before it writes, and its clock may be ahead of this one.
    const earlyMs = lead?.state === 'scheduled' ? toEffectiveAt(lead).getTime() - clock().getTime() : 0;
    if (lead?.request === undefined || lead.delivery !== delivery || earlyMs > CLOCK_SKEW_MS) {
      return log.info('message-stale', { requestId, state: lead?.state, delivery });
    }
    if (earlyMs > 0) return tickets.send(lead, earlyMs);
    const busyMs = (person?.turn?.until.getTime() ?? 0) - clock().getTime();
    if (busyMs > 0) return tickets.send(lead, Math.min(busyMs, LOOK_AGAIN_MS));
    const pause = await pace.ready(toUrgency(lead, clock()), PATIENCE_MS);
    if (pause) return putBack(lead, pause, log);
    const isByIdAlone = lead.request.person.email === undefined && personKey === toPersonKey(lead.request);
    if (isByIdAlone) {
      const failure = await followId(lead, person);
      if (failure === undefined) return;
      const tried = { ...lead, attempts: lead.attempts + 1 };
      return settleAlone(lead, toConclusion(tried, toUntouched(lead, failure)), log);
    }
    await takeTurn(lead, person, open, log);
  }

  async function takeTurn(
    lead: StoredEntry,
    person: StoredPerson | undefined,
    open: readonly StoredEntry[],
    log: Log,
  ): Promise<void> {
    const now = clock();
    const group = toGroup(lead, open);
    const turn = { instance, until: new Date(now.getTime() + TURN_MS) };
    const known = person ?? newPerson(lead.personKey, now);
    const taken = await ledger.commit(
      { ...known, turn, updatedAt: now },
      group.map((entry) => toWorking(entry, lead)),
    );
    if (taken === CHANGED_MEANWHILE) {
      log.info('turn-missed', { requestId: lead.requestId });
      return tickets.send(lead, LOOK_AGAIN_MS);
    }
    logMoves(group, taken.entries, log);

    // A turn that was not given back is of a holder that died.
    const isTakenOver = person?.turn !== undefined;
    const deadline = new Date(now.getTime() + ATTEMPT_DEADLINE_MS);
    const end = await attempt({ entries: taken.entries, person: known, isTakenOver, deadline });
    await giveBack(taken.person, taken.entries, end, log);
  }

  /**
   * The audit trail comes first: no change is without its line, whatever dies in between. Written before the ticket is
   * sent: a crash in between leaves a late ticket, which the sweep sends.
   */
  async function giveBack(
    { turn: _over, ...person }: StoredPerson,
    entries: readonly StoredEntry[],
    { asked, seen, results, ...end }: AttemptEnd,
    log: Log,
  ): Promise<void> {
    const next = entries.map((entry, index) => {
      const { state, change, evidence } = toConclusion(entry, toEntryEnd(end, results[index] ?? []));
      return moveEntry(entry, state, mover(), change, evidence);
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
    const written = await ledger.commit({ ...person, newest, updatedAt: clock() }, next);
    if (written === CHANGED_MEANWHILE) {
      return log.warn('turn-lost', { requestId: entries[0]?.requestId, requests: entries.length });
    }
    logMoves(entries, written.entries, log);
    const changes = toSeatChanges(entries, written.entries);
    if (changes.length > 0) await seats.changed(changes, entries[0]?.request?.orgId);
    // Whoever is looked at takes the others along; should it be gone by then, the sweep finds them.
    const [first] = written.entries
      .filter(({ waiting }) => waiting !== undefined)
      .sort((a, b) => toUntilMs(a) - toUntilMs(b));
    if (first) await tickets.send(first, Math.max(0, toUntilMs(first) - clock().getTime()));
  }

  function toConclusion(entry: StoredEntry, end: EntryEnd): Conclusion {
    const now = clock();
    const retry = end.failure && decideRetry(end.failure, entry, { now, random, policy });
    if (retry?.kind === 'wait' && retry.reason === 'paused')
      pace.pause(new Date(now.getTime() + retry.delayMs));
    return conclude(entry, end, retry, now);
  }

  /** Nothing is written of a request of which it is known, and nearly known until when. */
  async function putBack(entry: StoredEntry, pause: Pause, log: Log): Promise<void> {
    const untilMs = pause.until.getTime();
    const isKnown = entry.waiting?.for === pause.for && untilMs <= toUntilMs(entry) + KNOWN_UNTIL_MS;
    if (!isKnown) return settleAlone(entry, toPaused(entry, pause), log);
    await tickets.send(entry, Math.max(0, untilMs - clock().getTime()));
  }

  /** Moves a request that nobody needs the turn for. */
  async function settleAlone(entry: StoredEntry, { state, change, evidence }: Conclusion, log: Log) {
    if (!isOpen(state)) await audit.append(toAbandoned(entry, mover()));
    const written = await ledger.replace(moveEntry(entry, state, mover(), change, evidence));
    if (written === CHANGED_MEANWHILE) {
      log.info('entry-changed-meanwhile', { requestId: entry.requestId });
      // The sweep sends before it writes: this may have been the only ticket.
      return tickets.send(entry, LOOK_AGAIN_MS);
    }
    logMoves([entry], [written], log);
    if (written.waiting) await tickets.send(written, Math.max(0, toUntilMs(written) - clock().getTime()));
  }

  function toWorking(entry: StoredEntry, lead: StoredEntry): StoredEntry {
    const change = { attempts: entry.attempts + 1, mayHaveApplied: isUncertain(entry) };
    const evidence = entry === lead ? {} : { detail: `together with ${lead.requestId}` };
    return moveEntry(entry, 'working', mover(), change, evidence);
  }

  function mover() {
    return { at: clock(), instance };
  }
}

/** What went wrong with others of the group is nothing to a request that is settled. */
const toEntryEnd = (
  { failure, ...end }: Omit<AttemptEnd, 'asked' | 'results' | 'seen'>,
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
    results.flatMap(({ result, licenseId, changed }, item): SeatChange[] => {
      const isNew = before[entry]?.results[item]?.result === 'wanted' && changed !== false;
      if (!isNew || !licenseId || (result !== 'assigned' && result !== 'removed')) return [];
      return [{ requestId, licenseId, operation: result === 'assigned' ? 'add' : 'remove' }];
    }),
  );

function logMoves(before: readonly StoredEntry[], after: readonly StoredEntry[], log: Log): void {
  for (const [index, entry] of after.entries()) logMove(log, entry, before[index]?.state);
}

const toUrgency = ({ acceptedAt }: StoredEntry, now: Date) =>
  now.getTime() - acceptedAt.getTime() < YOUNG_MS ? 'interactive' : 'bulk';

const toUntilMs = ({ waiting }: StoredEntry) => waiting?.until.getTime() ?? 0;

/** One that is found working had a holder that died, perhaps after Webex had applied the change. */
const isUncertain = ({ mayHaveApplied, state }: StoredEntry): boolean =>
  mayHaveApplied || state === 'working';

const toUntouched = ({ results, personId, mayHaveApplied }: StoredEntry, failure: AttemptEnd['failure']) => ({
  results,
  personId,
  mayHaveApplied,
  failure,
});

const toPaused = (entry: StoredEntry, pause: Pause): Conclusion => ({
  state: 'waiting',
  change: { delivery: entry.delivery + 1, waiting: pause, mayHaveApplied: isUncertain(entry) },
  evidence: { detail: `${pause.for}: not sent` },
});
