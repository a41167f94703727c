import { ADVICE } from './advice.ts';
import { parseErrorBody, type WebexError } from './error-body.ts';
import { ERROR_CODES, type Remedy } from './error-codes.ts';

interface FailureDetails {
  readonly condition: string;
  readonly remedy: Remedy;
  readonly advice?: string;
  readonly status?: number;
  readonly errors: readonly WebexError[];
  readonly trackingId?: string;
  /** From `Retry-After`, where it is readable. */
  readonly retryAfterMs?: number;
}

/** A failed call of the Webex API: a named condition with its evidence. */
export class WebexFailure extends Error {
  override readonly name = 'WebexFailure';
  readonly condition: string;
  readonly remedy: Remedy;
  readonly advice: string | undefined;
  readonly status: number | undefined;
  readonly errors: readonly WebexError[];
  readonly trackingId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(details: FailureDetails) {
    super(`Webex: ${details.condition}${details.status === undefined ? '' : ` (${details.status})`}`);
    this.condition = details.condition;
    this.remedy = details.remedy;
    this.advice = details.advice ?? ADVICE[details.condition];
    this.status = details.status;
    this.errors = details.errors;
    this.trackingId = details.trackingId;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** Webex applied nothing, and the same call would fail again. */
  get isRefusal(): boolean {
    return this.remedy === 'permanent' || this.remedy === 'conflict' || this.remedy === 'prerequisite';
  }

  get codes(): readonly number[] {
    return this.errors.flatMap(({ code }) => code ?? []);
  }
}

/** The result of calls, or the failure of one of them; other errors are thrown. */
export async function orFailure<T>(calling: Promise<T>): Promise<T | WebexFailure> {
  try {
    return await calling;
  } catch (error) {
    if (error instanceof WebexFailure) return error;
    throw error;
  }
}

/** The subject of a call: a refusal is due to it. */
export type CallAbout = 'organization' | 'license' | 'person';

/** By status, where no known error code says more. `rate-limited-transport.ts` reports 423 and 429 to the rate limiter. */
const STATUSES: Readonly<Record<number, readonly [condition: string, remedy: Remedy]>> = {
  401: ['token-refused', 'refresh-token'],
  408: ['webex-unavailable', 'retry'],
  409: ['conflicting-change', 'retry'],
  423: ['rate-limited', 'wait-for-organization'],
  429: ['rate-limited', 'wait-for-organization'],
};

/**
 * HR is often ahead of the directory: a person who is unknown to Webex may appear later. A 403 about one person may be due
 * to that person (an administrator of a higher role, a member of another organization), so other people are still tried.
 */
function byRange(status: number, about: CallAbout): readonly [string, Remedy] {
  if (status === 403)
    return ['permission-missing', about === 'person' ? 'wait-for-person' : 'wait-for-organization'];
  if (status === 404 && about === 'person') return ['person-not-found', 'look-again-later'];
  if (status >= 500) return ['webex-unavailable', 'retry'];
  // The request that needs the catalogue is not the cause where it cannot be read.
  return ['refused', about === 'organization' ? 'wait-for-organization' : 'permanent'];
}

/** The members of an answer that a failure is made of. */
export interface AnswerContent {
  readonly status: number;
  readonly body: string;
  readonly trackingId?: string;
  readonly retryAfterMs?: number;
}

/** Names the failure of an answer other than 200 and 206. Unknown codes are classified by status. */
export function toFailure(
  { status, body, trackingId, retryAfterMs }: AnswerContent,
  about: CallAbout,
): WebexFailure {
  const { errors, trackingId: named } = parseErrorBody(body);
  const known = errors.map(({ code }) => (code === undefined ? undefined : ERROR_CODES[code])).find(Boolean);
  const [condition, remedy] = STATUSES[status] ?? byRange(status, about);
  const id = trackingId ?? named;
  return new WebexFailure({
    condition,
    remedy,
    ...(status === 400 ? known : undefined),
    status,
    errors,
    ...(id === undefined ? {} : { trackingId: id }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The failure of a call without a readable answer: Webex may have applied it. */
export const toUncertainFailure = (
  condition: 'no-answer' | 'unreadable-answer',
  description: string,
  trackingId: string | undefined,
): WebexFailure =>
  new WebexFailure({
    condition,
    remedy: 'retry',
    errors: [{ description }],
    ...(trackingId === undefined ? {} : { trackingId }),
  });
