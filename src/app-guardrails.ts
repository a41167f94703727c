import type { Ground } from './app-ground.ts';
import { createApprovals } from './guardrails/approvals.ts';
import { createSweepApprovals } from './guardrails/carry-out.ts';
import { createNoteCause } from './guardrails/causes.ts';
import { createGuardrailsCheck } from './guardrails/check.ts';
import { createCountPeople } from './guardrails/count-people.ts';
import { createForecastPeople } from './guardrails/forecast-people.ts';
import { createForecastRemovals } from './guardrails/forecast-removals.ts';
import { createListApprovals, createReadAwaiting, type LicenseNames } from './guardrails/list-approvals.ts';
import { createReadPause, isAllPaused, NOT_PAUSED, type PauseState } from './guardrails/pause.ts';
import { createRemovalLimiter } from './guardrails/removal-limiter.ts';
import { createPauses } from './guardrails/set-pause.ts';
import { readManifest } from './people/snapshot.ts';
import type { StoredRequest } from './requests/record/record.ts';
import { createBlobPeople } from './storage/blobs/people.ts';
import {
  createTableCauses,
  createTablePause,
  createTableRemovalCounters,
} from './storage/tables/guardrails.ts';

type GuardrailsGround = Pick<
  Ground,
  'config' | 'storage' | 'requestStore' | 'workQueue' | 'audit' | 'clock' | 'sleep' | 'instance'
>;

interface OfWorker {
  readonly ownOrg: () => Promise<string | undefined>;
  readonly callsWithin: (ms: number) => Promise<number>;
  readonly licenseName: LicenseNames;
}

/** The limits on removals, the approvals beyond them, and the pause. */
export function createGuardrailsApp(
  ground: GuardrailsGround,
  { ownOrg, callsWithin, licenseName }: OfWorker,
) {
  const { config, storage, requestStore, audit, clock, instance } = ground;
  const causes = createTableCauses(storage);
  const pause = createTablePause(storage);
  const readPause = createReadPause({ store: pause, clock });
  const people = createBlobPeople(storage);
  const readCount = async (orgUuid: string) => (await readManifest(people, orgUuid))?.people;
  const removals = createRemovalLimiter({
    counters: createTableRemovalCounters(storage),
    settings: config.removals,
    countPeople: createCountPeople({ readCount, clock }),
    ownOrg,
    clock,
  });
  const decideDeps = { ...ground, causes, callsWithin };
  const readAwaiting = createReadAwaiting({ causes, requestStore });
  return {
    removals,
    forecastRemovals: createForecastRemovals({ removals, clock, sleep: ground.sleep }),
    forecastPeople: createForecastPeople({ removals, clock }),
    noteCause: createNoteCause({ causes, clock }),
    readPause,
    readLatestPause: readLatest,
    isPaused: async (record: StoredRequest) => isAllPaused(await readPause(), record),
    ...createPauses({ store: pause, audit, clock, instance }),
    ...createApprovals(decideDeps),
    listApprovals: createListApprovals(readAwaiting, readLatest, licenseName),
    sweepApprovals: createSweepApprovals(decideDeps),
    check: createGuardrailsCheck({ removals, readAwaiting, readPause: readLatest, clock }),
  };

  async function readLatest(): Promise<PauseState> {
    const { version: _version, ...latest } = { version: '', ...((await pause.read()) ?? NOT_PAUSED) };
    return latest;
  }
}

export type GuardrailsApp = ReturnType<typeof createGuardrailsApp>;
