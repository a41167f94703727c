import { toBackoffMs } from '../platform/backoff.ts';
import type { Random } from '../platform/clock.ts';
import {
  CATALOGUE_INCOMPLETE,
  type ItemResult,
  NEEDS_APPROVAL,
  PAUSED_BY_OPERATOR,
  type RequestRecord,
  type WaitedMs,
} from '../requests/record/record.ts';
import {
  toNextWaitMs,
  WAIT_POLICIES,
  type WaitPolicy,
  type WaitReason,
} from '../requests/record/wait-reasons.ts';
import type { WebexFailure } from '../webex/errors/failure.ts';

/** As the settings have it. */
export interface RetryPolicy {
  /** Before the second attempt; doubled before each one after it. */
  readonly baseMs: number;
  /** How long a request may wait for one reason that may never end, before it fails. */
  readonly horizonMs: number;
  /** Before each check of a person whom Webex does not know yet; the last one repeats. */
  readonly personNotFoundDelaysMs: readonly number[];
}

export interface Wait {
  readonly reason: WaitReason;
  readonly delayMs: number;
  readonly isAttempt: boolean;
  /** What the request has waited by the next attempt, for each reason whose time counts. */
  readonly waitedMs: WaitedMs;
  /** Whether the request says what Webex refuses, and what to do about it. */
  readonly tellsCause: boolean;
}

/** How an attempt ended, as far as it says what to wait for. */
interface Ended {
  readonly results: readonly Pick<ItemResult, 'result' | 'condition'>[];
  readonly failure?: WebexFailure | undefined;
}

type Attempted = Pick<RequestRecord, 'attempts' | 'personChecks' | 'waitedMs' | 'personId' | 'request'>;

interface Settings {
  readonly random: Random;
  readonly policy: RetryPolicy;
}

const MAX_CONFLICTING_CHANGES = 3;

/**
 * Whether a request waits after an attempt, for what, and how long; undefined where it ends. A reason that may never
 * end has the horizon to itself: only the time that the request waited for that reason counts, so that a request that
 * waited for a seat or a token for days has all its retries left.
 */
export function decideWait(end: Ended, record: Attempted, settings: Settings): Wait | undefined {
  const reason = toWaitReason(end, record);
  if (reason === undefined) return undefined;
  const wait: WaitPolicy = WAIT_POLICIES[reason];
  const delayMs = toRetryAfterMs(wait, end.failure) ?? toDelayMs(reason, wait, record, settings);
  const spentMs = record.waitedMs?.[reason] ?? 0;
  const isOver = wait.time === 'ends' && spentMs > 0 && spentMs + delayMs > settings.policy.horizonMs;
  if (isOver) return undefined;
  const waitedMs = toWaitedMs(reason, wait, record.waitedMs ?? {}, spentMs + delayMs);
  const { isAttempt = false, tellsCause = false } = wait;
  return { reason, delayMs, isAttempt, waitedMs, tellsCause };
}

/** What a request waits for: the one place that decides it. */
function toWaitReason({ failure, results }: Ended, { attempts }: Attempted): WaitReason | undefined {
  switch (failure?.remedy) {
    // 408, 409, 5xx, or no answer.
    case 'retry':
      return failure.status === 409 && attempts >= MAX_CONFLICTING_CHANGES ? undefined : 'webex-unavailable';
    // 423, 429, and what is refused about the organization: 403, 404.
    case 'wait-for-organization':
      return failure.condition === 'rate-limited' ? 'rate-limited' : 'paused';
    // 401.
    case 'refresh-token':
      return 'paused';
    // 403 about the person.
    case 'wait-for-person':
      return 'permission-missing';
    // 404 about the person.
    case 'look-again-later':
      return 'person-not-found';
    // All that is left open waits for a seat, for the catalogue, or for an operator.
    case undefined: {
      const open = results.filter(({ result }) => result === 'wanted');
      const has = (reason: string) => open.some(({ condition }) => condition === reason);
      if (has(CATALOGUE_INCOMPLETE)) return CATALOGUE_INCOMPLETE;
      if (has(PAUSED_BY_OPERATOR)) return PAUSED_BY_OPERATOR;
      if (has(NEEDS_APPROVAL)) return NEEDS_APPROVAL;
      return open.length > 0 ? 'no-seats' : undefined;
    }
    default:
      return undefined;
  }
}

/** A delay that Webex named is kept as it is. That of a refused token says nothing about when another one is there. */
const toRetryAfterMs = (
  { keepsRetryAfter }: WaitPolicy,
  failure: WebexFailure | undefined,
): number | undefined =>
  keepsRetryAfter && failure?.remedy !== 'refresh-token' ? failure?.retryAfterMs : undefined;

function toDelayMs(
  reason: WaitReason,
  { delay }: WaitPolicy,
  record: Attempted,
  { random, policy }: Settings,
): number {
  switch (delay.kind) {
    case 'fixed':
      return delay.ms;
    case 'backoff':
      // Half of it by chance, so that a crowd does not come back at once.
      return toBackoffMs({
        ...{ attempt: record.attempts, baseMs: policy.baseMs, capMs: delay.maxMs },
        ...{ jitter: 0.5, random },
      });
    case 'as-long-again':
      return toNextWaitMs(delay, record.waitedMs?.[reason] ?? 0, policy.baseMs);
    case 'person-delays':
      return toPersonDelayMs(record, policy);
  }
}

const DEFAULT_PERSON_DELAY_MS = 3_600_000;

function toPersonDelayMs(
  { personChecks, personId, request }: Attempted,
  { personNotFoundDelaysMs }: RetryPolicy,
): number {
  // The id was Webex's own answer for the address, which may mean another person by now.
  if (personId !== undefined && request?.person.personId === undefined) return 0;
  const longestMs = personNotFoundDelaysMs.at(-1) ?? DEFAULT_PERSON_DELAY_MS;
  // A removal is done if the person is not there after the longest wait: more checks would tell no more.
  return isRemovalOnly(request) ? longestMs : (personNotFoundDelaysMs[personChecks] ?? longestMs);
}

const isRemovalOnly = (request: RequestRecord['request']): boolean =>
  request !== undefined &&
  [...request.licenses, ...request.siteUrls].every(({ operation }) => operation === 'remove');

function toWaitedMs(reason: WaitReason, { time }: WaitPolicy, known: WaitedMs, totalMs: number): WaitedMs {
  if (time === 'stays') return known;
  if (time === 'resets') return {};
  if (time === 'counts') return { ...known, [reason]: totalMs };
  // That Webex was unavailable is over once it has answered.
  const { 'webex-unavailable': _unavailable, ...answered } = known;
  return { ...answered, [reason]: totalMs };
}
