import { type DriftResult, toNotComputed } from '../../hr/drift/drift.ts';
import type { FindDrift } from '../../hr/drift/find-drift.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';
import type { License } from '../../webex/license.ts';
import { RunLost, type RunStore } from '../ports.ts';
import type { StoredRun } from './run.ts';

export interface FindDriftDeps {
  readonly findDrift: FindDrift;
  readonly runs: Pick<RunStore, 'replace'>;
  readonly clock: Clock;
}

/** A run that has read all people. */
interface ReadRun {
  readonly run: StoredRun;
  readonly snapshot: Snapshot;
  readonly isWhole: boolean;
  readonly licenses: readonly License[];
}

/** So often the drift of a run is taken up without getting on; then the inventory is published without it. */
const MAX_TRIES = 3;

/**
 * Finds the drift of a run, and goes on where an earlier invocation stopped. Whatever is wrong with it, the inventory is
 * published: then the drift says that it is not computed, and why.
 * @returns the run as it is stored now; its drift has a result unless the time is over
 */
export function createDriftStep({ findDrift, runs, clock }: FindDriftDeps) {
  return async function driftStep(
    { run: begun, snapshot, isWhole, licenses }: ReadRun,
    isOver: () => boolean,
    log: Log,
  ): Promise<StoredRun> {
    if (begun.drift?.result) return begun;
    let run = begun;
    const write = async (drift: NonNullable<StoredRun['drift']>) => {
      run = await runs.replace({ ...run, drift, updatedAt: clock() });
    };
    const tries = (run.drift?.tries ?? 0) + 1;
    await write({ ...run.drift, tries });
    const { session } = run;
    const input = { snapshot, isWhole, catalogue: licenses, session, isOver, log };
    const save = (progress: unknown) => write({ progress, tries: 0 });
    const found =
      tries > MAX_TRIES ? STUCK : await orWhy(findDrift(input, run.drift?.progress, save), tries, log);
    if (found !== 'more') await write({ tries, result: found });
    return run;
  };

  async function orWhy(
    finding: Promise<DriftResult | 'more'>,
    tries: number,
    log: Log,
  ): Promise<DriftResult | 'more'> {
    try {
      return await finding;
    } catch (error) {
      // Storage may be back when the host delivers the message again.
      const isPassing = error instanceof StorageUnavailable && tries < MAX_TRIES;
      if (error instanceof RunLost || isPassing) throw error;
      const name = error instanceof Error ? error.name : 'Error';
      log.warn('drift-failed', { error: name });
      return toNotComputed('failed', `The people could not be compared (${name}): see the log.`);
    }
  }
}

const STUCK = toNotComputed(
  'stuck',
  `The comparison was taken up ${MAX_TRIES} times without getting on: see the log.`,
);
