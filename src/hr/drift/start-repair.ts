import type { Snapshot } from '../../people/snapshot.ts';
import { toSnapshotFolder } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import { type JobStore, startJob } from '../../platform/jobs.ts';
import type { DriftResult } from './drift.ts';
import { DRIFT_REPAIR } from './work-on-repair.ts';

interface Deps {
  readonly jobs: JobStore;
  readonly send: (jobId: string, delayMs?: number) => Promise<void>;
  readonly clock: Clock;
}

/** Begins the repair of the drift of a run, if one is due: a job. Done again for the same run, it begins no other. */
export function createStartRepair(deps: Deps) {
  return async function startRepair(
    { orgId, runId, readStartedAt }: Pick<Snapshot, 'orgId' | 'runId' | 'readStartedAt'>,
    drift: DriftResult,
  ): Promise<void> {
    if (drift.state !== 'computed' || drift.repair.asked === 0) return;
    const jobId = `${DRIFT_REPAIR}-${runId}`;
    // The sweep sends the message of one that is there.
    if ((await deps.jobs.read(jobId)) !== undefined) return;
    const input = { folder: toSnapshotFolder(orgId, runId), readAt: readStartedAt };
    await startJob(deps, { jobId, kind: DRIFT_REPAIR, input });
  };
}

export type StartRepair = ReturnType<typeof createStartRepair>;
