import type { Clock } from '../platform/clock.ts';
import { countRoom } from './removal-counter.ts';
import type { RemovalLimiter } from './removal-limiter.ts';

interface Deps {
  readonly removals: Pick<RemovalLimiter, 'limits' | 'read'>;
  readonly clock: Clock;
}

/** From how many of so many people something can be taken at once; what else is removed meanwhile counts, too. */
export type ForecastPeople = (asked: {
  readonly people: number;
  /** Of these, who loses a Calling license. */
  readonly calling: number;
}) => Promise<{ readonly canGoNow: number }>;

/** Counts people of the token's own organization against the limits, without reserving anything. */
export function createForecastPeople({ removals, clock }: Deps): ForecastPeople {
  return async function forecastPeople({ people, calling }) {
    const limits = await removals.limits(undefined);
    const counter = await removals.read(undefined);
    const room = countRoom(counter, limits, clock(), false);
    const lines = Math.min(calling, countRoom(counter, limits, clock(), true));
    return { canGoNow: Math.min(people - calling + lines, room) };
  };
}
