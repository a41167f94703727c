import { type AdoptionDeps, createWorkOnAdoption } from '../../src/hr/adoption/work-on-adoption.ts';
import type { SnapshotPerson } from '../../src/people/person.ts';
import type { License } from '../../src/webex/license.ts';
import { writeSnapshot } from '../memory/people-snapshot.ts';
import { createMemoryPeople } from '../memory/people-store.ts';

interface World {
  /** Everybody at Webex now, with the ids of what they hold. */
  readonly everybody: () => readonly { id: string; emails: readonly string[]; held: ReadonlySet<string> }[];
  readonly licenses: () => readonly License[];
  readonly clock: () => Date;
}

const log = { info() {}, warn() {}, error() {} };

/** Adopts from a people snapshot of this moment. */
export function createScenarioAdoption(
  deps: Omit<AdoptionDeps, 'readSnapshot' | 'snapshots' | 'jobs' | 'forecastPeople'>,
  { everybody, licenses, clock }: World,
) {
  let runs = 0;
  return async function adopt(): Promise<void> {
    runs += 1;
    const snapshots = createMemoryPeople();
    const people = everybody().map(
      ({ id, emails, held }): SnapshotPerson => ({ id, emails: [...emails], licenses: [...held] }),
    );
    const named = licenses().map(({ id, name }) => ({ id, name }));
    const of = { runId: `run-${runs}`, people, licenses: named, readAt: clock() };
    const snapshot = await writeSnapshot(snapshots, of);
    const work = createWorkOnAdoption({
      ...{ ...deps, snapshots, readSnapshot: async () => snapshot },
      jobs: { writePart: async () => {} },
      forecastPeople: async ({ people: count }) => ({ canGoNow: count }),
    });
    const job = {
      jobId: `job-${runs}`,
      kind: 'adoption',
      state: 'running',
      input: { dryRun: false },
    } as const;
    await work({ ...job, createdAt: clock(), updatedAt: clock() }, async () => true, log);
  };
}
