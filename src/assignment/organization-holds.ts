import type { Clock } from '../platform/clock.ts';
import type { WebexFailure } from '../webex/failure.ts';
import type { Pause } from '../webex/pace.ts';
import { PAUSE_MS } from './retry-policy.ts';

/** Which organizations this instance does not call for now, because Webex refuses them or several of their people. */
export interface OrganizationHolds {
  /** When to come again, or undefined where a request may go. The first one after a hold goes alone, for the others. */
  admit(orgId: string | undefined): Pause | undefined;
  /** Notes how an attempt for a person of the organization ended. */
  note(orgId: string | undefined, personKey: string, end: AttemptOutcome): void;
}

interface AttemptOutcome {
  readonly failure: WebexFailure | undefined;
  /** Webex answered a change with something else than trouble or a missing permission. */
  readonly isServed: boolean;
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
}

/**
 * What is refused about one person says nothing about the others, and what is refused about one organization nothing
 * about another. All people of an organization wait only where the organization itself is refused, or several of them
 * one after the other: then one request at a time is tried, less and less often, until one is served.
 */
export function createOrganizationHolds(clock: Clock): OrganizationHolds {
  /** One for each organization that may be named: those of `WEBEX_ORG_IDS`, and the token's own. */
  const holds = new Map<string, Hold>();
  const hold = (orgId: string, refused: ReadonlySet<string>, holdMs: number) =>
    void holds.set(orgId, { refused, holdMs, untilMs: clock().getTime() + holdMs });

  return {
    admit(orgId = '') {
      const known = holds.get(orgId);
      if (known === undefined || known.holdMs === 0) return undefined;
      const nowMs = clock().getTime();
      if (known.untilMs > nowMs) return { until: new Date(known.untilMs), for: 'paused' };
      holds.set(orgId, { ...known, untilMs: nowMs + PROBE_MS });
      return undefined;
    },

    note(orgId = '', personKey, { failure, isServed }) {
      const known = holds.get(orgId);
      if (failure?.remedy === 'wait-for-person') {
        const refused = new Set([...new Set([...(known?.refused ?? []), personKey])].slice(-MANY_PEOPLE));
        const holdMs = Math.min(Math.max(2 * (known?.holdMs ?? 0), FIRST_HOLD_MS), PAUSE_MS);
        return hold(orgId, refused, refused.size < MANY_PEOPLE ? 0 : holdMs);
      }
      if (isServed) return void holds.delete(orgId);
      if (failure && isOrganizationRefused(failure))
        return hold(orgId, known?.refused ?? new Set(), PAUSE_MS);
      // The organization can be read again; whether its people can be changed is not known yet.
      const isReadable = failure === undefined || failure.condition === 'person-not-found';
      if (isReadable && known && known.refused.size < MANY_PEOPLE) hold(orgId, known.refused, 0);
    },
  };
}

/** A rate limit has a pause of its own, and a call that was not sent, so that it has no status, says nothing. */
const isOrganizationRefused = ({ remedy, condition, status }: WebexFailure): boolean =>
  remedy === 'wait-for-organization' && condition !== 'rate-limited' && status !== undefined;
