import {
  CATALOGUE_INCOMPLETE,
  type EntryChange,
  type Evidence,
  type ItemResult,
  type LedgerEntry,
  type RequestFailure,
  type Waiting,
} from '../ledger/entry.ts';
import { toItems } from '../ledger/items.ts';
import type { FinalState, State } from '../ledger/states.ts';
import type { WebexFailure } from '../webex/failure.ts';
import type { PauseCause } from '../webex/pace.ts';
import type { Retry } from './retry-policy.ts';

/** The next state of a request after an attempt, and what changes with it. */
export interface Conclusion {
  readonly state: State;
  readonly change: EntryChange;
  readonly evidence: Evidence;
}

/** How an attempt ended for one request. */
export interface EntryEnd {
  readonly results: readonly ItemResult[];
  readonly personId: string | undefined;
  /** Whether Webex has known the person before. */
  readonly wasKnown?: boolean;
  readonly mayHaveApplied: boolean;
  readonly failure?: WebexFailure | undefined;
}

/** Before another look at a request that waits for seats; as soon as one is free it is woken. */
const SEATS_LOOK_AFTER_MS = 60 * 60_000;

/** Before another look at a catalogue that was not complete: as long again as that has lasted, within these. */
const MIN_CATALOGUE_LOOK_AFTER_MS = 5_000;
const MAX_CATALOGUE_LOOK_AFTER_MS = 15 * 60_000;

/** Turns how an attempt ended, and what is to be done about it, into the request's next state. */
export function conclude(
  entry: LedgerEntry,
  attempted: EntryEnd,
  attemptedRetry: Retry | undefined,
  now: Date,
): Conclusion {
  const end = withGoneRemovals(entry, attempted, attemptedRetry);
  const retry = end.failure && attemptedRetry;
  const known = {
    mayHaveApplied: end.mayHaveApplied,
    ...(end.personId === undefined ? {} : { personId: end.personId }),
    // An id that is nobody's is not asked for again, unless the caller gave it.
    ...(end.failure?.condition === 'person-not-found' && { personId: undefined }),
  };
  const { failure } = end;
  if (failure && retry?.kind === 'wait') {
    return {
      state: 'waiting',
      change: {
        ...known,
        results: end.results,
        delivery: entry.delivery + 1,
        attempts: retry.isAttempt ? entry.attempts : entry.attempts - 1,
        personLooks: entry.personLooks + (retry.reason === 'person-not-found' ? 1 : 0),
        waitedMs: retry.waitedMs,
        waiting: {
          for: retry.reason,
          until: new Date(now.getTime() + retry.delayMs),
          ...(retry.reason === 'paused' && toWaitingCause(failure)),
        },
      },
      evidence: toEvidence(failure),
    };
  }
  const waitingFor = end.results.flatMap(({ seatsOf = [] }) => seatsOf);
  if (!failure && end.results.some(({ result }) => result === 'wanted')) {
    const isCatalogueAwaited = end.results.some(
      ({ result, condition }) => result === 'wanted' && condition === CATALOGUE_INCOMPLETE,
    );
    const reason = isCatalogueAwaited ? CATALOGUE_INCOMPLETE : 'no-seats';
    const { [CATALOGUE_INCOMPLETE]: awaitedMs = 0 } = entry.waitedMs ?? {};
    const againMs = Math.min(Math.max(awaitedMs, MIN_CATALOGUE_LOOK_AFTER_MS), MAX_CATALOGUE_LOOK_AFTER_MS);
    const lookAfterMs = isCatalogueAwaited ? againMs : SEATS_LOOK_AFTER_MS;
    const licenseIds = [...new Set(waitingFor)];
    return {
      state: 'waiting',
      change: {
        ...known,
        results: end.results,
        delivery: entry.delivery + 1,
        attempts: entry.attempts - 1,
        // Webex was asked, and knows the person: what it waited for before is over.
        waitedMs: isCatalogueAwaited
          ? { ...entry.waitedMs, [CATALOGUE_INCOMPLETE]: awaitedMs + againMs }
          : {},
        waiting: {
          for: reason,
          until: new Date(now.getTime() + lookAfterMs),
          ...(licenseIds.length > 0 && { licenseIds }),
        },
      },
      evidence: { detail: reason },
    };
  }
  const results = failure ? end.results.map((result) => toGivenUp(result, failure)) : end.results;
  const failed = toRequestFailure(results);
  return {
    state: toFinalState(results),
    change: { ...known, results, ...(failed && { failure: failed }) },
    evidence: failure ? toEvidence(failure) : toFirstEvidence(results, entry.results),
  };
}

/**
 * Of a person whom Webex does not know, nothing is left to be removed: at once where Webex has known the person, else at
 * the second look, since HR may be ahead of the directory.
 */
function withGoneRemovals(entry: LedgerEntry, end: EntryEnd, retry: Retry | undefined): EntryEnd {
  const { request, personLooks, personId } = entry;
  if (end.failure?.condition !== 'person-not-found' || request === undefined) return end;
  // Without a lease it is not remembered what the request decided.
  if (end.wasKnown === undefined) return end;
  const isCallersId = request.person.personId !== undefined;
  // An id that was learned for an address may be another person's by now: the address is asked first.
  if (personId !== undefined && !isCallersId) return end;
  if (!(end.wasKnown || isCallersId || personLooks > 0)) return end;
  const wanted = toItems(request).filter(({ index }) => end.results[index]?.result === 'wanted');
  // A removal is remembered once its request ends: beside an add that waits, it waits, too, so that no older request
  // gives what it takes.
  const hasAdds = wanted.some(({ operation }) => operation === 'add');
  if (hasAdds && retry?.kind === 'wait') return end;
  const { trackingId } = end.failure;
  const results = [...end.results];
  for (const { index, operation } of wanted)
    if (operation === 'remove')
      results[index] = { result: 'removed', changed: false, ...GONE, ...(trackingId && { trackingId }) };
  const isSettled = results.every(({ result }) => result !== 'wanted');
  return { ...end, results, failure: isSettled ? undefined : end.failure };
}

const GONE = {
  condition: 'person-not-found',
  detail: 'Webex does not know the person any more, so that nothing is left to be removed.',
};

/** What a request that is paused waits for to be mended, and what a person can do. */
export const toWaitingCause = (cause: PauseCause | undefined): Pick<Waiting, 'condition' | 'detail'> => ({
  ...(cause && { condition: cause.condition }),
  ...(cause?.advice !== undefined && { detail: cause.advice }),
});

function toFinalState(results: readonly ItemResult[]): FinalState {
  const left = results.filter(({ result }) => result !== 'superseded');
  if (left.length === 0) return 'superseded';
  if (!left.some(isFailed)) return 'succeeded';
  return left.every(isFailed) ? 'failed' : 'partial';
}

const isFailed = ({ result }: ItemResult) => result === 'failed';

function toGivenUp(result: ItemResult, failure: WebexFailure): ItemResult {
  if (result.result !== 'wanted') return result;
  const { seatsOf: _none, ...wanted } = result;
  return { ...wanted, result: 'failed', condition: failure.condition, detail: toDetail(failure) };
}

/** The request fails for the first reason among its items. */
function toRequestFailure(results: readonly ItemResult[]): RequestFailure | undefined {
  const first = results.find(isFailed);
  return first && { condition: first.condition ?? 'failed', detail: first.detail ?? '' };
}

function toDetail(failure: WebexFailure): string {
  if (failure.condition === 'person-not-found') {
    return 'Webex did not know the person within the time that requests are retried: check the directory, then send it again.';
  }
  const said = failure.errors[0]?.description;
  return `${failure.advice ?? `Webex: ${failure.condition}`}${said ? ` (Webex: ${said})` : ''}`;
}

function toEvidence(failure: WebexFailure): Evidence {
  return {
    detail: failure.condition,
    ...(failure.status === undefined ? {} : { status: failure.status }),
    ...(failure.codes.length === 0 ? {} : { codes: failure.codes }),
    ...(failure.trackingId === undefined ? {} : { trackingId: failure.trackingId }),
  };
}

/** What this attempt was answered: what earlier ones settled has its evidence with them. */
function toFirstEvidence(results: readonly ItemResult[], before: readonly ItemResult[]): Evidence {
  const settled = results.filter((_result, index) => before[index]?.result === 'wanted');
  const trackingId = settled.find((result) => result.trackingId !== undefined)?.trackingId;
  const codes = settled.flatMap(({ code }) => code ?? []);
  const by = settled.find((result) => result.by !== undefined)?.by;
  return {
    ...(by && { detail: `superseded by ${by}` }),
    ...(trackingId && { trackingId }),
    ...(codes.length > 0 && { codes }),
  };
}
