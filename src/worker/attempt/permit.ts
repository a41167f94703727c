import { toAsLongAgainMs } from '../../platform/backoff.ts';
import type { Clock } from '../../platform/clock.ts';
import { type StoredRequest, toEffectiveAt } from '../../requests/record/record.ts';
import { WAIT_POLICIES } from '../../requests/record/wait-reasons.ts';
import type { WebexFailure } from '../../webex/errors/failure.ts';
import type { Pause, PauseCause, RateLimiter } from '../../webex/rate-limit/permit.ts';

/** Whether Webex may be called for a request now. */
export interface Permits {
  /**
   * Acquires a permit for the first call of a request, within a second.
   * @returns when to come again where there is none
   * @throws {StorageUnavailable}
   */
  acquire(lead: StoredRequest): Promise<Pause | undefined>;
  /** Notes how an attempt for a person of the organization ended. */
  note(lead: StoredRequest, end: AttemptOutcome): void;
}

export interface AttemptOutcome {
  readonly failure: WebexFailure | undefined;
  /** Webex answered a change with something else than trouble or a missing permission. */
  readonly isServed: boolean;
}

interface Deps {
  readonly rateLimiter: Pick<RateLimiter, 'ready' | 'pause'>;
  readonly clock: Clock;
}

/** A permit that comes a moment later is waited for: to put a message back costs two storage calls. */
const PERMIT_WAIT_MS = 1_000;
/** A request that has been effective for longer lets younger ones pass: it came with many others. */
const YOUNG_MS = 2 * 60_000;
const PAUSE_MS = WAIT_POLICIES.paused.delay.ms;

/**
 * Acquires permits of the rate limiter, except for organizations that Webex refuses now. A token that is refused holds
 * back all calls; what is refused about a person or an organization, only those.
 */
export function createPermits({ rateLimiter, clock }: Deps): Permits {
  const holds = createOrganizationHolds(clock);
  const toUrgency = (record: StoredRequest) => {
    const sinceMs = Math.max(record.acceptedAt.getTime(), toEffectiveAt(record).getTime());
    return clock().getTime() - sinceMs < YOUNG_MS ? 'interactive' : 'bulk';
  };
  return {
    async acquire(lead) {
      const hold = holds.admit(lead.request?.orgId);
      return hold ?? rateLimiter.ready(toUrgency(lead), PERMIT_WAIT_MS);
    },
    note(lead, end) {
      const { failure } = end;
      if (failure?.remedy === 'refresh-token')
        rateLimiter.pause(new Date(clock().getTime() + PAUSE_MS), failure);
      else holds.note(lead.request?.orgId, lead.personKey, end);
    },
  };
}

/** Which organizations this instance does not call for now, because Webex refuses them or several of their people. */
export interface OrganizationHolds {
  /** When to come again, or undefined where a request may go. The first one after a hold goes alone, for the others. */
  admit(orgId: string | undefined): Pause | undefined;
  /** Notes how an attempt for a person of the organization ended. */
  note(orgId: string | undefined, personKey: string, end: AttemptOutcome): void;
}

/** So many people in a row who are refused are not to blame themselves: the token lacks a role or a scope. */
const MANY_PEOPLE = 3;
const FIRST_HOLD_MS = 5_000;
/** Within this time the request that goes alone has an answer. */
const PROBE_MS = 15_000;

interface Hold {
  /** Refused since a person of the organization was served. */
  readonly refused: ReadonlySet<string>;
  readonly holdMs: number;
  readonly untilMs: number;
  /** What Webex refused last. */
  readonly cause: PauseCause | undefined;
}

/**
 * What is refused about one person says nothing about the others, and what is refused about one organization nothing
 * about another. All people of an organization wait only where the organization itself is refused, or several of them
 * one after the other: then one request at a time is tried, less and less often, until one is served.
 */
export function createOrganizationHolds(clock: Clock): OrganizationHolds {
  /** One for each organization that may be named: those of `WEBEX_ORG_IDS`, and the token's own. */
  const holds = new Map<string, Hold>();
  const hold = (orgId: string, refused: ReadonlySet<string>, holdMs: number, failure?: PauseCause) => {
    const cause = failure && { condition: failure.condition, advice: failure.advice };
    holds.set(orgId, { refused, holdMs, untilMs: clock().getTime() + holdMs, cause });
  };

  return {
    admit(orgId = '') {
      const known = holds.get(orgId);
      if (known === undefined || known.holdMs === 0) return undefined;
      const nowMs = clock().getTime();
      if (known.untilMs > nowMs) return { until: new Date(known.untilMs), for: 'paused', cause: known.cause };
      holds.set(orgId, { ...known, untilMs: nowMs + PROBE_MS });
      return undefined;
    },

    note(orgId = '', personKey, { failure, isServed }) {
      const known = holds.get(orgId);
      if (failure?.remedy === 'wait-for-person') {
        const refused = new Set([...new Set([...(known?.refused ?? []), personKey])].slice(-MANY_PEOPLE));
        const holdMs = toAsLongAgainMs(2 * (known?.holdMs ?? 0), FIRST_HOLD_MS, PAUSE_MS);
        return hold(orgId, refused, refused.size < MANY_PEOPLE ? 0 : holdMs, failure);
      }
      if (isServed) return void holds.delete(orgId);
      if (failure && isOrganizationRefused(failure))
        return hold(orgId, known?.refused ?? new Set(), PAUSE_MS, failure);
      // The organization can be read again; whether its people can be changed is not known yet.
      const isReadable = failure === undefined || failure.condition === 'person-not-found';
      if (isReadable && known && known.refused.size < MANY_PEOPLE) hold(orgId, known.refused, 0);
    },
  };
}

/** A rate limit has a pause of its own, and a call that was not sent, so that it has no status, says nothing. */
const isOrganizationRefused = ({ remedy, condition, status }: WebexFailure): boolean =>
  remedy === 'wait-for-organization' && condition !== 'rate-limited' && status !== undefined;
