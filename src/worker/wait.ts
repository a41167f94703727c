import { toBackoffMs } from '../platform/backoff.ts';
import type { Random } from '../platform/clock.ts';
import {
  CATALOGUE_INCOMPLETE,
  type ItemResult,
  NEEDS_APPROVAL,
  NO_NUMBER_REASONS,
  PAUSED_BY_OPERATOR,
} from '../requests/record/item-result.ts';
import type { RequestRecord, WaitedMs } from '../requests/record/record.ts';
import {
  toNextWaitMs,
  WAIT_POLICIES,
  type WaitPolicy,
  type WaitReason,
} from '../requests/record/wait-reasons.ts';
import type { WebexFailure } from '../webex/errors/failure.ts';

/** From the settings. */
export interface RetryPolicy {
  /** The delay before the second attempt; doubled before each further one. */
  readonly baseMs: number;
  /** A request fails once it has waited for so long for one reason, where that may never end. */
  readonly horizonMs: number;
  /** The delays before the checks of a person who is unknown to Webex; the last one repeats. */
  readonly personNotFoundDelaysMs: readonly number[];
}

export interface Wait {
  readonly reason: WaitReason;
  readonly delayMs: number;
  readonly isAttempt: boolean;
  /** The time that the request will have waited at the next attempt, by reason. */
  readonly waitedMs: WaitedMs;
  /** Whether the request has the condition of the refusal, and what to do about it. */
  readonly tellsCause: boolean;
}

/** The part of the outcome of an attempt that decides on a wait. */
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
 * Decides whether a request waits after an attempt, the reason and the delay; undefined where it ends. Each reason has the
 * whole retry horizon: a request that waited days for a seat or a token has all its retries.
 *
 * To add a reason: give it a policy in `requests/record/wait-reasons.ts`, and return it from `toWaitReason`.
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

/** The reason of a wait, by the remedy of the failure: see `webex/errors/failure.ts` for that of each status. */
function toWaitReason({ failure, results }: Ended, { attempts }: Attempted): WaitReason | undefined {
  switch (failure?.remedy) {
    // 408, 409, 5xx, or no answer.
    case 'retry':
      return failure.status === 409 && attempts >= MAX_CONFLICTING_CHANGES ? undefined : 'webex-unavailable';
    // 423, 429, and a refusal of the organization: 403, 404.
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
    // Open items without a failure wait for a seat, for the catalogue, or for an operator.
    case undefined: {
      const open = results.filter(({ result }) => result === 'wanted');
      const has = (reason: string) => open.some(({ condition }) => condition === reason);
      if (has(CATALOGUE_INCOMPLETE)) return CATALOGUE_INCOMPLETE;
      if (has(PAUSED_BY_OPERATOR)) return PAUSED_BY_OPERATOR;
      if (has(NEEDS_APPROVAL)) return NEEDS_APPROVAL;
      const numbers = NO_NUMBER_REASONS.find(has);
      if (numbers !== undefined) return numbers;
      return open.length > 0 ? 'no-seats' : undefined;
    }
    default:
      return undefined;
  }
}

/** The delay that Webex named. For a refused token it does not tell when another one is there. */
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
      // Half of it is jitter, so that many requests do not return at once.
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
  // Webex gave this id for the address, which may mean another person since: it is looked up at once.
  if (personId !== undefined && request?.person.personId === undefined) return 0;
  const longestMs = personNotFoundDelaysMs.at(-1) ?? DEFAULT_PERSON_DELAY_MS;
  // A removal is done if the person is unknown after the longest delay: one check is enough.
  return isRemovalOnly(request) ? longestMs : (personNotFoundDelaysMs[personChecks] ?? longestMs);
}

const isRemovalOnly = (request: RequestRecord['request']): boolean =>
  request !== undefined &&
  [...request.licenses, ...request.siteUrls].every(({ operation }) => operation === 'remove');

function toWaitedMs(reason: WaitReason, { time }: WaitPolicy, known: WaitedMs, totalMs: number): WaitedMs {
  if (time === 'stays') return known;
  if (time === 'resets') return {};
  if (time === 'counts') return { ...known, [reason]: totalMs };
  // Webex has answered: the time that it was unavailable is reset.
  const { 'webex-unavailable': _unavailable, ...answered } = known;
  return { ...answered, [reason]: totalMs };
}
