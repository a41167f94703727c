import { toCause } from '../../../../src/guardrails/cause.ts';
import { decideRequest } from '../../../../src/guardrails/decide-request.ts';
import { NOT_PAUSED } from '../../../../src/guardrails/pause.ts';
import { createRemovalLimiter } from '../../../../src/guardrails/removal-limiter.ts';
import type { Clock } from '../../../../src/platform/clock.ts';
import type { Log } from '../../../../src/platform/log.ts';
import { needsApproval } from '../../../../src/requests/record/decided-record.ts';
import type { StoredRequest } from '../../../../src/requests/record/record.ts';
import type { Job } from '../../../../src/worker/job.ts';
import { createMemoryRemovalCounters } from '../../../memory/removal-counters.ts';
import type { Effect } from '../../../memory/request-store.ts';

const HOUR_MS = 3_600_000;
/** So few that most removals wait. */
const PEOPLE_PER_HOUR = 1;

interface Deps {
  readonly effect: Effect;
  readonly clock: Clock;
  readonly ownOrg: () => Promise<string | undefined>;
  readonly records: () => readonly StoredRequest[];
}

type DecideDeps = Parameters<typeof decideRequest>[0];

/** The limits on removals that all instances share, and an operator who decides about what is beyond them. */
export function createLimits({ effect, clock, ownOrg, records }: Deps) {
  const counters = createMemoryRemovalCounters(effect);
  /** Removals that nobody approved, by organization. */
  const taken: { readonly atMs: number; readonly person: string; readonly isSecondOrg: boolean }[] = [];

  return {
    /** The guardrails of one instance. */
    guards: (instanceClock: Clock) => ({
      removals: createRemovalLimiter({
        counters,
        settings: { perHour: PEOPLE_PER_HOUR, perDay: 'off', callingPerHour: 'off', callingPerDay: 'off' },
        countPeople: async () => undefined,
        ownOrg,
        clock: instanceClock,
      }),
      readPause: async () => NOT_PAUSED,
    }),

    /** A license was taken from a person. */
    note(job: Job | undefined, person: string, isSecondOrg: boolean): void {
      const now = clock();
      const isApproved = job?.records.some(({ approval }) => approval && approval.until > now);
      if (!isApproved) taken.push({ atMs: now.getTime(), person, isSecondOrg });
    },

    decide: async (deps: DecideDeps, decision: 'approve' | 'reject', log: Log): Promise<void> => {
      const decided = { decision, at: clock(), by: { channel: 'http' as const }, reason: 'as agreed' };
      for (const record of records().filter(needsApproval))
        await decideRequest(deps, record, { decided, cause: toCause(record), delayMs: 0 }, log);
    },

    /** Windows of an hour in which more people of an organization lost something than the limit says. */
    overLimit: () =>
      taken.flatMap(({ atMs, isSecondOrg }) => {
        const inWindow = taken.filter(
          (one) => one.isSecondOrg === isSecondOrg && one.atMs >= atMs && one.atMs < atMs + HOUR_MS,
        );
        const people = new Set(inWindow.map(({ person }) => person));
        return people.size > PEOPLE_PER_HOUR ? [`${[...people]} from ${new Date(atMs).toISOString()}`] : [];
      }),
  };
}
