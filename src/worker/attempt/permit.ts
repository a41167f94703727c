import { toAsLongAgainMs } from '../../platform/backoff.ts';
import type { Clock } from '../../platform/clock.ts';
import { toEffectiveAt } from '../../requests/record/due.ts';
import type { StoredRequest } from '../../requests/record/record.ts';
import { WAIT_POLICIES } from '../../requests/record/wait-reasons.ts';
import type { WebexFailure } from '../../webex/errors/failure.ts';
import type { Pause, PauseCause, RateLimiter } from '../../webex/rate-limit/permit.ts';

interface AttemptOutcome {
  readonly failure: WebexFailure | undefined;
  /** Webex answered a change. */
  readonly isServed: boolean;
}

interface Deps {
  readonly rateLimiter: Pick<RateLimiter, 'ready' | 'pause'>;
  readonly clock: Clock;
}

/** Wait in-process for a permit that is near: to send the message again costs two storage calls. */
const PERMIT_WAIT_MS = 1_000;
/** A request that has been effective for longer belongs to a backlog: younger requests pass it. */
const YOUNG_MS = 2 * 60_000;
const PAUSE_MS = WAIT_POLICIES.paused.delay.ms;

/** If so many people in a row are refused, the token probably lacks a role or a scope. */
const MANY_PEOPLE = 3;
const FIRST_HOLD_MS = 5_000;
/** Within this time, the request that probes an organization has an answer. */
const PROBE_MS = 15_000;

/** An organization whose requests wait. */
interface Hold {
  /** The people who were refused since a person of the organization was served. */
  readonly refused: ReadonlySet<string>;
  readonly holdMs: number;
  readonly untilMs: number;
  /** The last refusal. */
  readonly cause: PauseCause | undefined;
}

export type Permits = ReturnType<typeof createPermits>;

/**
 * Acquires permits of the rate limiter, except for organizations that Webex refuses now. A refused token pauses all calls.
 * A refusal of one person does not affect other people, nor one of an organization other organizations. Where several
 * people of an organization are refused one after the other, or the organization itself, all its requests wait: one
 * request at a time probes it, less and less often, until a person is served.
 */
export function createPermits({ rateLimiter, clock }: Deps) {
  /** Bounded: by `WEBEX_ORG_IDS`, and the token's own organization. */
  const holds = new Map<string, Hold>();

  function hold(orgId: string, refused: ReadonlySet<string>, holdMs: number, failure?: WebexFailure): void {
    const cause = failure && { condition: failure.condition, advice: failure.advice };
    holds.set(orgId, { refused, holdMs, untilMs: clock().getTime() + holdMs, cause });
  }

  /** The first request after a hold passes, as the probe. */
  function findHold(orgId: string): Pause | undefined {
    const known = holds.get(orgId);
    if (known === undefined || known.holdMs === 0) return undefined;
    const nowMs = clock().getTime();
    if (known.untilMs > nowMs) return { until: new Date(known.untilMs), for: 'paused', cause: known.cause };
    holds.set(orgId, { ...known, untilMs: nowMs + PROBE_MS });
    return undefined;
  }

  function toUrgency(record: StoredRequest): 'interactive' | 'bulk' {
    const sinceMs = Math.max(record.acceptedAt.getTime(), toEffectiveAt(record).getTime());
    return clock().getTime() - sinceMs < YOUNG_MS ? 'interactive' : 'bulk';
  }

  return {
    /**
     * Acquires a permit for the first call of a request, within a second.
     * @returns the time at which to try again where there is none
     * @throws {StorageUnavailable}
     */
    acquire: async (lead: StoredRequest): Promise<Pause | undefined> =>
      findHold(lead.request?.orgId ?? '') ?? rateLimiter.ready(toUrgency(lead), PERMIT_WAIT_MS),

    /** Records the outcome of an attempt. */
    note({ request, personKey }: StoredRequest, { failure, isServed }: AttemptOutcome): void {
      const orgId = request?.orgId ?? '';
      const known = holds.get(orgId);
      const refused = known?.refused ?? new Set<string>();
      if (failure?.remedy === 'refresh-token') {
        rateLimiter.pause(new Date(clock().getTime() + PAUSE_MS), failure);
      } else if (failure?.remedy === 'wait-for-person') {
        const latest = new Set([...new Set([...refused, personKey])].slice(-MANY_PEOPLE));
        const holdMs = toAsLongAgainMs(2 * (known?.holdMs ?? 0), FIRST_HOLD_MS, PAUSE_MS);
        hold(orgId, latest, latest.size < MANY_PEOPLE ? 0 : holdMs, failure);
      } else if (isServed) {
        holds.delete(orgId);
      } else if (failure && isOrganizationRefused(failure)) {
        hold(orgId, refused, PAUSE_MS, failure);
      } else if (known && known.refused.size < MANY_PEOPLE && isReadable(failure)) {
        hold(orgId, refused, 0);
      }
    },
  };
}

/** Webex answered reads of the organization. Whether its people can be changed is unknown. */
const isReadable = (failure: WebexFailure | undefined): boolean =>
  failure === undefined || failure.condition === 'person-not-found';

/** A rate limit has a pause of its own, and a call without a status was not sent. */
const isOrganizationRefused = ({ remedy, condition, status }: WebexFailure): boolean =>
  remedy === 'wait-for-organization' && condition !== 'rate-limited' && status !== undefined;
