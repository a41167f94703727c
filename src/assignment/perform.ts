import { toAbandoned } from '../audit/abandoned.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { toCanonicalId } from '../contract/webex-id.ts';
import { ATTEMPT_DEADLINE_MS, moveEntry, type StoredEntry, toEffectiveAt } from '../ledger/entry.ts';
import type { Ledger, Tickets, TicketTarget } from '../ledger/ledger.ts';
import { countIllegal, logMoves } from '../ledger/log-move.ts';
import { isLeased, TURN_MS, withName } from '../ledger/person.ts';
import { isOpen } from '../ledger/states.ts';
import { HOST_GAVE_UP, isTroubledTooLong } from '../ledger/trouble.ts';
import type { Clock, Random } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { WebexFailure } from '../webex/failure.ts';
import type { PaceAhead } from '../webex/pace/passes.ts';
import type { Pause } from '../webex/pace.ts';
import type { Attempt, AttemptEnd } from './attempt.ts';
import { BUSY } from './bind-name.ts';
import { type Conclusion, conclude, type EntryEnd, toWaitingCause } from './conclude.ts';
import type { FindLease, FoundLease } from './find-lease.ts';
import { createGiveBack, toUntilMs } from './give-back.ts';
import { toGroup } from './group.ts';
import { createOrganizationHolds } from './organization-holds.ts';
import { decideRetry, PAUSE_MS, type RetryPolicy } from './retry-policy.ts';
import type { Seats } from './seats.ts';

interface Deps {
  readonly ledger: Pick<Ledger, 'readPerson' | 'replace' | 'commit' | 'move'>;
  readonly tickets: Tickets;
  readonly attempt: Attempt;
  readonly findLease: FindLease;
  readonly audit: AuditTrail;
  readonly seats: Pick<Seats, 'ended'>;
  readonly pace: Pick<PaceAhead, 'ready' | 'pause'>;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly instance: string;
}

/** How soon another look is worthwhile, where somebody else has the turn, or wrote the request meanwhile. */
const LOOK_AGAIN_MS = 2_000;
/** By how much the times of two instances may differ: all go by storage's to a second, but for those of version 0.1.0. */
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
  const { ledger, tickets, attempt, findLease, audit } = deps;
  const { pace, policy, clock, random, instance } = deps;
  const giveBack = createGiveBack({ ...deps, toConclusion });
  const holds = createOrganizationHolds(clock);

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
    if (lead.movedTo !== undefined) return finishMove(lead, lead.movedTo);
    const busyMs = (person?.turn?.until.getTime() ?? 0) - clock().getTime();
    if (busyMs > 0) return tickets.send(lead, Math.min(busyMs, LOOK_AGAIN_MS));
    if (isTroubledTooLong(lead, clock(), policy.horizonMs)) return settleAlone(lead, TROUBLED, log);
    const { orgId } = lead.request;
    const pause = holds.admit(orgId) ?? (await pace.ready(toUrgency(lead, clock()), PATIENCE_MS));
    if (pause) return putBack(lead, pause, log);
    const found = await findLease.find(lead, person).catch(toFailure);
    if (found instanceof WebexFailure) {
      note(lead, found, false);
      const tried = { ...lead, attempts: lead.attempts + 1 };
      return settleAlone(lead, toConclusion(tried, toUntouched(lead, found)), log);
    }
    if (found === BUSY || isLeased(found.lease, clock())) return tickets.send(lead, LOOK_AGAIN_MS);
    await takeTurn(lead, found, open, log);
  }

  async function takeTurn(
    lead: StoredEntry,
    found: FoundLease,
    open: readonly StoredEntry[],
    log: Log,
  ): Promise<void> {
    const now = clock();
    const group = toGroup(
      lead,
      open.filter((other) => other !== lead && found.isAlike(other)),
    );
    const turn = { instance, until: new Date(now.getTime() + TURN_MS) };
    const { lease } = found;
    const taken = await ledger.commit(
      { ...withName(lease, lead.personKey), turn, updatedAt: now },
      group.map((entry) => toWorking(entry, lead, found)),
    );
    if (taken === VERSION_CONFLICT) {
      log.info('turn-missed', { requestId: lead.requestId });
      return tickets.send(lead, LOOK_AGAIN_MS);
    }
    logMoves(group, taken.entries, log);

    // A turn that was not given back is of a holder that died.
    const isTakenOver = lease.turn !== undefined;
    const deadline = new Date(now.getTime() + ATTEMPT_DEADLINE_MS);
    const end = await attempt({
      ...{ entries: taken.entries, person: lease, isTakenOver, deadline },
      ...(found.listed && { listed: found.listed }),
    });
    note(lead, end.failure, isServed(taken.entries, end));
    await giveBack(taken, { ...end, wasKnown: found.personId !== undefined }, log);
    const isUnknown = end.failure?.condition === 'person-not-found';
    const answered = isUnknown ? undefined : end.personId;
    if (isUnknown || (answered !== undefined && toCanonicalId('PEOPLE', answered) !== found.personId))
      await findLease.learn(found, answered);
  }

  /** A token that Webex refuses holds back all calls; what it refuses about a person or an organization, only those. */
  function note(lead: StoredEntry, failure: WebexFailure | undefined, isServed: boolean): void {
    if (failure?.remedy === 'refresh-token') pace.pause(new Date(clock().getTime() + PAUSE_MS), failure);
    else holds.note(lead.request?.orgId, lead.personKey, { failure, isServed });
  }

  function toConclusion(entry: StoredEntry, end: EntryEnd): Conclusion {
    const retry = end.failure && decideRetry(end.failure, entry, { random, policy });
    return conclude(entry, end, retry, clock());
  }

  /** Nothing is written of a request of which it is known, and nearly known until when. */
  async function putBack(entry: StoredEntry, pause: Pause, log: Log): Promise<void> {
    const untilMs = pause.until.getTime();
    const { waiting } = entry;
    const isSame = waiting?.for === pause.for && waiting.condition === pause.cause?.condition;
    const isKnown = isSame && untilMs <= toUntilMs(entry) + KNOWN_UNTIL_MS;
    if (!isKnown) return settleAlone(entry, toPaused(entry, pause), log);
    await tickets.send(entry, Math.max(0, untilMs - clock().getTime()));
  }

  /** Moves a request that nobody needs the turn for. */
  async function settleAlone(entry: StoredEntry, { state, change, evidence }: Conclusion, log: Log) {
    if (!isOpen(state)) await audit.append(toAbandoned(entry, mover()));
    const written = await ledger.replace(moveEntry(entry, state, mover(), change, evidence));
    if (written === VERSION_CONFLICT) {
      log.info('entry-changed-meanwhile', { requestId: entry.requestId });
      // The sweep sends before it writes: this may have been the only ticket.
      return tickets.send(entry, LOOK_AGAIN_MS);
    }
    logMoves([entry], [written], log);
    if (written.waiting) await tickets.send(written, Math.max(0, toUntilMs(written) - clock().getTime()));
  }

  /** A version before this one began to put it with the requests of another name. */
  async function finishMove(entry: StoredEntry, personKey: string): Promise<void> {
    const isMoved = (await ledger.move(entry, personKey)) === 'moved';
    // Where the sweep wrote it meanwhile, it is where it was, and this may have been its only ticket.
    await tickets.send(isMoved ? { ...entry, personKey } : entry, isMoved ? 0 : LOOK_AGAIN_MS);
  }

  function toWorking(entry: StoredEntry, lead: StoredEntry, { isIdGone }: FoundLease): StoredEntry {
    const change = {
      attempts: entry.attempts + 1,
      mayHaveApplied: isUncertain(entry),
      ...(isIdGone && { personId: undefined }),
    };
    const evidence = entry === lead ? {} : { detail: `together with ${lead.requestId}` };
    return moveEntry(entry, 'working', mover(), change, evidence);
  }

  function mover() {
    return { at: clock(), instance };
  }
}

const TROUBLED: Conclusion = {
  state: 'failed',
  change: { failure: HOST_GAVE_UP },
  evidence: { detail: HOST_GAVE_UP.condition },
};

function toFailure(error: unknown): WebexFailure {
  if (error instanceof WebexFailure) return error;
  throw error;
}

const toUrgency = ({ acceptedAt }: StoredEntry, now: Date) =>
  now.getTime() - acceptedAt.getTime() < YOUNG_MS ? 'interactive' : 'bulk';

/** One that is found working had a holder that died, perhaps after Webex had applied the change. */
const isUncertain = ({ mayHaveApplied, state }: StoredEntry): boolean =>
  mayHaveApplied || state === 'working';

/** Whether a change was answered in this attempt. */
const isServed = (before: readonly StoredEntry[], { results }: AttemptEnd): boolean =>
  results.some((some, entry) =>
    some.some(({ trackingId }, item) => {
      return trackingId !== undefined && trackingId !== before[entry]?.results[item]?.trackingId;
    }),
  );

const toUntouched = (entry: StoredEntry, failure: AttemptEnd['failure']) => ({
  results: entry.results,
  personId: entry.personId,
  mayHaveApplied: isUncertain(entry),
  failure,
});

const toPaused = (entry: StoredEntry, { for: reason, until, cause }: Pause): Conclusion => ({
  state: 'waiting',
  change: {
    delivery: entry.delivery + 1,
    waiting: { for: reason, until, ...toWaitingCause(cause) },
    mayHaveApplied: isUncertain(entry),
    // Nobody has come further than before.
    ...(entry.troubledSince && { troubledSince: entry.troubledSince }),
  },
  evidence: { detail: `${cause?.condition ?? reason}: not sent` },
});
