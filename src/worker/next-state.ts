import type { Random } from '../platform/clock.ts';
import { toItems } from '../requests/record/items.ts';
import {
  type Evidence,
  type ItemResult,
  isHeld,
  type RecordChange,
  type RequestFailure,
  type RequestRecord,
  type Waiting,
} from '../requests/record/record.ts';
import type { FinalState, State } from '../requests/record/states.ts';
import type { WebexFailure } from '../webex/errors/failure.ts';
import type { PauseCause } from '../webex/rate-limit/permit.ts';
import { decideWait, type RetryPolicy, type Wait } from './wait.ts';

/** The next state of a request, and what changes with it. */
export interface NextState {
  readonly state: State;
  readonly change: RecordChange;
  readonly evidence: Evidence;
}

/** How an attempt ended for one request. */
export interface RequestEnd {
  readonly results: readonly ItemResult[];
  readonly personId: string | undefined;
  /** Whether Webex has known the person before; undefined where there was no lease to remember decisions in. */
  readonly wasKnown?: boolean;
  readonly mayHaveApplied: boolean;
  readonly failure?: WebexFailure | undefined;
}

interface Settings {
  readonly now: Date;
  readonly random: Random;
  readonly policy: RetryPolicy;
}

/** Decides the next state of a request after an attempt: it waits, or it ends. */
export function decideNextState(record: RequestRecord, attempted: RequestEnd, settings: Settings): NextState {
  const isOpen = attempted.results.some(isWanted);
  const wait = isOpen ? decideWait(attempted, record, settings) : undefined;
  const end = withGoneRemovals(record, attempted, wait !== undefined);
  return wait && end.results.some(isWanted)
    ? toWaitingState(record, end, wait, settings.now)
    : toFinalState(record, end);
}

const isWanted = ({ result }: ItemResult): boolean => result === 'wanted';
const isFailed = ({ result }: ItemResult): boolean => result === 'failed';

function toWaitingState(record: RequestRecord, end: RequestEnd, wait: Wait, now: Date): NextState {
  const { failure, results } = end;
  const { reason, delayMs, isAttempt, waitedMs, tellsCause } = wait;
  const cause = results.find(isHeld)?.cause;
  const seatsOf = failure ? [] : [...new Set(results.flatMap((result) => result.seatsOf ?? []))];
  return {
    state: 'waiting',
    change: {
      ...toKnown(end),
      results,
      fencingToken: record.fencingToken + 1,
      attempts: isAttempt ? record.attempts : record.attempts - 1,
      personChecks: record.personChecks + (reason === 'person-not-found' ? 1 : 0),
      waitedMs,
      waiting: {
        for: reason,
        until: new Date(now.getTime() + delayMs),
        ...(tellsCause && toWaitingCause(failure)),
        ...(seatsOf.length > 0 && { licenseIds: seatsOf }),
        ...(cause !== undefined && { cause }),
      },
    },
    evidence: failure ? toEvidence(failure) : { detail: reason },
  };
}

/** What a request that is paused waits for to be mended, and what a person can do. */
export const toWaitingCause = (cause: PauseCause | undefined): Pick<Waiting, 'condition' | 'detail'> => ({
  ...(cause && { condition: cause.condition }),
  ...(cause?.advice !== undefined && { detail: cause.advice }),
});

function toFinalState(record: RequestRecord, end: RequestEnd): NextState {
  const { failure } = end;
  const results = failure ? end.results.map((result) => toGivenUp(result, failure)) : end.results;
  const failed = toRequestFailure(results);
  return {
    state: toStateOf(results),
    change: { ...toKnown(end), results, ...(failed && { failure: failed }) },
    evidence: failure ? toEvidence(failure) : toFirstEvidence(results, record.results),
  };
}

/** What the request knows from now on: an id that is nobody's is not asked for again, unless the caller gave it. */
const toKnown = ({ mayHaveApplied, personId, failure }: RequestEnd): RecordChange => ({
  mayHaveApplied,
  ...(personId !== undefined && { personId }),
  ...(failure?.condition === 'person-not-found' && { personId: undefined }),
});

/**
 * Of a person whom Webex does not know, nothing can be removed any more: at once where Webex has known the person, else
 * at the second check, since HR may be ahead of the directory.
 */
function withGoneRemovals(record: RequestRecord, end: RequestEnd, isWaiting: boolean): RequestEnd {
  const { request, personChecks, personId } = record;
  if (end.failure?.condition !== 'person-not-found' || request === undefined) return end;
  // Without a lease it is not remembered what the request decided.
  if (end.wasKnown === undefined) return end;
  const isCallersId = request.person.personId !== undefined;
  // An id that was learned for an address may be another person's by now: the address is asked first.
  if (personId !== undefined && !isCallersId) return end;
  if (!(end.wasKnown || isCallersId || personChecks > 0)) return end;
  const wanted = toItems(request).filter(({ index }) => end.results[index]?.result === 'wanted');
  // A removal is remembered once its request ends: beside an add that waits, it waits, too, so that no older request
  // gives what it removes.
  if (isWaiting && wanted.some(({ operation }) => operation === 'add')) return end;
  const { trackingId } = end.failure;
  const results = [...end.results];
  for (const { index, operation } of wanted)
    if (operation === 'remove')
      results[index] = { result: 'removed', changed: false, ...GONE, ...(trackingId && { trackingId }) };
  return { ...end, results, failure: results.some(isWanted) ? end.failure : undefined };
}

const GONE = {
  condition: 'person-not-found',
  detail: 'Webex does not know the person any more, so that nothing is left to be removed.',
};

function toStateOf(results: readonly ItemResult[]): FinalState {
  const own = results.filter(({ result }) => result !== 'superseded');
  if (own.length === 0) return 'superseded';
  if (!own.some(isFailed)) return 'succeeded';
  return own.every(isFailed) ? 'failed' : 'partial';
}

function toGivenUp(result: ItemResult, failure: WebexFailure): ItemResult {
  if (!isWanted(result)) return result;
  const { seatsOf: _none, cause: _cause, heldSince: _since, ...wanted } = result;
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
