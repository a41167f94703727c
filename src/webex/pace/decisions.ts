import type { Ask, Reply } from './leave.ts';
import { type Limited, limit, type Returned } from './limit.ts';
import { reserve } from './reserve.ts';
import type { Shared } from './shared.ts';

/** Asks for leave. Nothing is written where nobody else needs to know. @returns undefined where all others were faster */
export const askFor = (shared: Shared, ask: Ask): Promise<Reply | undefined> =>
  shared.change<Reply>((state, nowMs) => {
    const { state: next, reply } = reserve(state, ask, nowMs);
    const holds = (state.instances[ask.instance]?.holdsUntilMs ?? 0) > nowMs;
    // A cycle that ended without being written would end anew at each look, and what follows it would never come.
    const isNews = reply.kind === 'permits' || ask.returned.length > 0 || holds || next.cycle !== state.cycle;
    return { next, value: reply, isNews };
  });

/** A 429 that the others do not know of yet. */
export type Told = Pick<Limited, 'cycle' | 'untilMs'>;

/** Tells of all 429s that came meanwhile. */
export async function tellOf(
  shared: Shared,
  told: readonly Told[],
  { returned, ...how }: Pick<Limited, 'instance' | 'latencyMs'> & { readonly returned: readonly Returned[] },
): Promise<void> {
  await shared.change((state, nowMs) => {
    const next = told.reduce(
      (so, one, index) => limit(so, { ...one, ...how, returned: index === 0 ? returned : [] }, nowMs),
      state,
    );
    return { next, value: undefined, isNews: true };
  }, 'urgent');
}
