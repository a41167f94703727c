import type { Random } from '../platform/clock.ts';
import { type ItemResult, isHeld } from '../requests/record/item-result.ts';
import { toItems } from '../requests/record/items.ts';
import type {
  Evidence,
  RecordChange,
  RequestFailure,
  RequestRecord,
  Waiting,
} from '../requests/record/record.ts';
import type { FinalState, State } from '../requests/record/states.ts';
import type { WebexFailure } from '../webex/errors/failure.ts';
import type { PauseCause } from '../webex/rate-limit/permit.ts';
import { decideWait, type RetryPolicy, type Wait } from './wait.ts';

/** The next state of a request, with the changes of its record. */
export interface NextState {
  readonly state: State;
  readonly change: RecordChange;
  readonly evidence: Evidence;
}

/** The outcome of an attempt for one request. */
export interface RequestEnd {
  readonly results: readonly ItemResult[];
  readonly personId: string | undefined;
  /** Whether Webex knew the person before; undefined without a lease, whose row remembers decisions. */
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
        ...(tellsCause && (failure ? toWaitingCause(failure) : toResultCause(results, reason))),
        ...(seatsOf.length > 0 && { licenseIds: seatsOf }),
        ...(cause !== undefined && { cause }),
      },
    },
    evidence: failure ? toEvidence(failure) : { detail: reason },
  };
}

/** What the item says for which the request waits. */
function toResultCause(
  results: readonly ItemResult[],
  reason: string,
): Pick<Waiting, 'condition' | 'detail'> {
  const detail = results.find(({ condition }) => condition === reason)?.detail;
  return { condition: reason, ...(detail !== undefined && { detail }) };
}

/** The condition behind a pause, and what a person can do about it. */
export const toWaitingCause = (cause: PauseCause | undefined): Pick<Waiting, 'condition' | 'detail'> => ({
  ...(cause && { condition: cause.condition }),
  ...(cause?.advice !== undefined && { detail: cause.advice }),
});

function toFinalState(record: RequestRecord, end: RequestEnd): NextState {
  const { failure } = end;
  const results = failure ? end.results.map((result) => toFailed(result, failure)) : end.results;
  const failed = toRequestFailure(results);
  return {
    state: toStateOf(results),
    change: { ...toKnown(end), results, ...(failed && { failure: failed }) },
    evidence: failure ? toEvidence(failure) : toFirstEvidence(results, record.results),
  };
}

/** The members that an attempt learns. An id of no person is forgotten; one from the caller is in the request. */
const toKnown = ({ mayHaveApplied, personId, failure }: RequestEnd): RecordChange => ({
  mayHaveApplied,
  ...(personId !== undefined && { personId }),
  ...(failure?.condition === 'person-not-found' && { personId: undefined }),
});

/**
 * Completes the removals for a person whom Webex does not know: at once where Webex knew the person before, else at the
 * second check, since HR may be ahead of the directory.
 */
function withGoneRemovals(record: RequestRecord, end: RequestEnd, isWaiting: boolean): RequestEnd {
  const { request, personChecks, personId } = record;
  if (end.failure?.condition !== 'person-not-found' || request === undefined) return end;
  // Without a lease, the decisions of the request could not be remembered.
  if (end.wasKnown === undefined) return end;
  const isCallersId = request.person.personId !== undefined;
  // The address may mean another person than the learned id: the next attempt looks it up first.
  if (personId !== undefined && !isCallersId) return end;
  if (!(end.wasKnown || isCallersId || personChecks > 0)) return end;
  const wanted = toItems(request).filter(({ index }) => end.results[index]?.result === 'wanted');
  // A removal is remembered when its request ends. Beside a waiting add it waits, too, so that no older request assigns
  // the license that it removes.
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
  detail: 'Webex does not know the person: there is nothing to remove.',
};

function toStateOf(results: readonly ItemResult[]): FinalState {
  const own = results.filter(({ result }) => result !== 'superseded');
  if (own.length === 0) return 'superseded';
  if (!own.some(isFailed)) return 'succeeded';
  return own.every(isFailed) ? 'failed' : 'partial';
}

function toFailed(result: ItemResult, failure: WebexFailure): ItemResult {
  if (!isWanted(result)) return result;
  const { seatsOf: _none, cause: _cause, heldSince: _since, ...wanted } = result;
  return { ...wanted, result: 'failed', condition: failure.condition, detail: toDetail(failure) };
}

/** The failure of a request is that of its first failed item. */
function toRequestFailure(results: readonly ItemResult[]): RequestFailure | undefined {
  const first = results.find(isFailed);
  return first && { condition: first.condition ?? 'failed', detail: first.detail ?? '' };
}

function toDetail(failure: WebexFailure): string {
  if (failure.condition === 'person-not-found') {
    return 'Webex did not know the person until the retry horizon: check the directory, then submit it again.';
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

/** The evidence of the results of this attempt. */
function toFirstEvidence(results: readonly ItemResult[], before: readonly ItemResult[]): Evidence {
  const own = results.filter((_result, index) => before[index]?.result === 'wanted');
  const trackingId = own.find((result) => result.trackingId !== undefined)?.trackingId;
  const codes = own.flatMap(({ code }) => code ?? []);
  const by = own.find((result) => result.by !== undefined)?.by;
  return {
    ...(by && { detail: `superseded by ${by}` }),
    ...(trackingId && { trackingId }),
    ...(codes.length > 0 && { codes }),
  };
}
