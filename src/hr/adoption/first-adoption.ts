import * as z from 'zod';
import type { AuditTrail } from '../../audit/trail.ts';
import type { Clock } from '../../platform/clock.ts';
import { isOpenJob, type JobStore, startJob } from '../../platform/jobs.ts';
import type { Log } from '../../platform/log.ts';
import { type Immutable, stored } from '../../platform/stored.ts';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import type { PolicyStatus } from '../../policy/policy-source.ts';
import { ADOPTION, type AdoptionDeps } from './work-on-adoption.ts';

/** The adoption that begins by itself, once. */
export const firstAdoptionSchema = stored({
  jobId: z.string(),
  startedAt: z.coerce.date(),
  doneAt: z.coerce.date().exactOptional(),
});
export type FirstAdoption = Immutable<z.output<typeof firstAdoptionSchema>>;

export interface FirstAdoptionStore {
  read(): Promise<{ readonly state: FirstAdoption; readonly version: string } | undefined>;
  /** @returns the new version */
  write(state: FirstAdoption, version: string | undefined): Promise<string | VersionConflict>;
}

interface Deps extends Pick<AdoptionDeps, 'readSnapshot'> {
  /** The setting `ADOPT_ON_FIRST_RUN`. */
  readonly isOn: boolean;
  readonly store: FirstAdoptionStore;
  readonly policies: { status(log: Log): Promise<PolicyStatus> };
  readonly jobs: Pick<JobStore, 'read' | 'write'>;
  readonly send: (jobId: string, delayMs?: number) => Promise<void>;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly instance: string;
}

/** One that came to no end is begun again after this. */
const AGAIN_AFTER_MS = 3_600_000;

/**
 * Begins the first adoption where the setting says so: once there is a policy that manages something, and a people
 * snapshot. It is noted before it begins, so that two instances begin one.
 */
export function createBeginFirstAdoption(deps: Deps) {
  const { isOn, store, policies, readSnapshot, jobs, send, audit, clock, newId, instance } = deps;
  let isDone = !isOn;
  return async function beginFirstAdoption(log: Log): Promise<void> {
    if (isDone) return;
    const found = await store.read();
    isDone = found?.state.doneAt !== undefined;
    if (isDone || (found && (await isUnderWay(found.state, found.version)))) return;
    const { inForce } = await policies.status(log);
    if (inForce === undefined || inForce.policy.manages.length === 0) return;
    if ((await readSnapshot()) === undefined) return;
    const jobId = newId();
    const written = await store.write({ jobId, startedAt: clock() }, found?.version);
    if (written === VERSION_CONFLICT) return;
    await audit.append([
      {
        ...{ act: 'adopt', by: { channel: 'hr' }, reason: 'ADOPT_ON_FIRST_RUN', instance },
        policyVersion: inForce.version,
      },
    ]);
    await startJob({ jobs, send, clock }, { jobId, kind: ADOPTION, input: { dryRun: false } });
    log.info('first-adoption-began', { jobId, policyVersion: inForce.version });
  };

  async function isUnderWay(state: FirstAdoption, version: string): Promise<boolean> {
    const job = await jobs.read(state.jobId);
    if (job && isOpenJob(job)) return true;
    if (job?.state === 'done') {
      await store.write({ ...state, doneAt: clock() }, version);
      return true;
    }
    return clock().getTime() < state.startedAt.getTime() + AGAIN_AFTER_MS;
  }
}
