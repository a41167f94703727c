import type { ForecastPeople } from '../../guardrails/forecast-people.ts';
import { parsePerson } from '../../people/person.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { readLines, SnapshotRemoved } from '../../people/read-snapshot.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import { JobFailed, type JobStore, JobWaits, type WorkOnJob } from '../../platform/jobs.ts';
import type { Log } from '../../platform/log.ts';
import { PolicyError } from '../../policy/policy.ts';
import type { PolicySource } from '../../policy/policy-source.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { License } from '../../webex/license.ts';
import type { HrPeople } from '../person.ts';
import { type AdoptionGround, type AdoptPageDeps, adoptPage } from './adopt-page.ts';
import {
  type AdoptionLine,
  type AdoptionProgress,
  adoptionInputSchema,
  adoptionProgressSchema,
  newAdoptionProgress,
} from './adoption.ts';
import { countAdoption } from './count-adoption.ts';
import { finishAdoption } from './finish-adoption.ts';
import { createLookForEmployees } from './look-for-employees.ts';

/** The kind of its jobs. */
export const ADOPTION = 'adoption';

export interface AdoptionDeps extends AdoptPageDeps {
  readonly people: HrPeople;
  /** The snapshot of a run, or the latest one; undefined where it is not kept. */
  readonly readSnapshot: (runId?: string) => Promise<Snapshot | undefined>;
  readonly snapshots: Pick<PeopleStore, 'read'>;
  readonly policies: PolicySource;
  readonly catalogue: () => Promise<readonly License[]>;
  readonly forecastPeople: ForecastPeople;
  readonly jobs: Pick<JobStore, 'writePart'>;
}

/** People of the snapshot between two checkpoints. */
const PAGE = 200;
const LINES_PER_PART = 500;

/**
 * Works on an adoption: what people hold at Webex and the policy manages becomes theirs by adoption. The people snapshot is
 * read bucket by bucket, and the people of HR are then looked for in it. It needs nothing of Webex but the catalogue: who
 * loses something by the adoption is sent to be looked at. Each page is done again after a kill, and ends the same.
 */
export function createWorkOnAdoption(deps: AdoptionDeps): WorkOnJob {
  const lookForEmployees = createLookForEmployees(deps);

  return async function workOnAdoption(job, checkpoint, log) {
    const { dryRun } = adoptionInputSchema.parse(job.input);
    const known = job.progress ? adoptionProgressSchema.parse(job.progress) : undefined;
    const { ground, snapshot } = await readGround(dryRun, known, log);
    const { policyVersion, at } = ground;
    const { runId, readStartedAt: readAt } = snapshot;
    let progress = known ?? newAdoptionProgress({ policyVersion, runId, readAt, at });
    try {
      const readBucket = createReadBucket();
      while (!progress.isRead) {
        progress = await adoptNext(job.jobId, progress, ground, snapshot, readBucket, log);
        if (!(await checkpoint(progress))) return 'more';
      }
      while (!progress.isWhole) {
        const { lines, ...found } = await lookForEmployees(progress, ground, snapshot, log);
        progress = await withLines(job.jobId, found.progress, lines);
        if (!(await checkpoint(progress)) && !progress.isWhole) return 'more';
      }
    } catch (error) {
      if (!(error instanceof SnapshotRemoved)) throw error;
      throw new JobFailed(
        'newer people snapshots have taken the place of the one it began with: adopt again',
      );
    }
    const { lose: people, loseCalling: calling } = progress.counts;
    const forecast = dryRun ? await deps.forecastPeople({ people, calling }) : undefined;
    return { result: finishAdoption(progress, ground, forecast) };
  };

  async function adoptNext(
    jobId: string,
    progress: AdoptionProgress,
    ground: AdoptionGround,
    { buckets }: Snapshot,
    readBucket: ReadBucket,
    log: Log,
  ): Promise<AdoptionProgress> {
    const { bucket, offset } = progress;
    const file = buckets[bucket];
    if (file === undefined) return { ...progress, isRead: true };
    const lines = await readBucket(file.people);
    const page = await adoptPage(deps, lines.slice(offset, offset + PAGE).map(parsePerson), ground, log);
    const counted = await withLines(
      jobId,
      countAdoption(progress, page),
      page.flatMap(({ line }) => line ?? []),
    );
    const isLast = offset + PAGE >= lines.length;
    return { ...counted, ...(isLast ? { bucket: bucket + 1, offset: 0 } : { offset: offset + PAGE }) };
  }

  type ReadBucket = (path: string) => Promise<readonly string[]>;
  /** The lines of a bucket are kept until another one is read: one bucket has some thousand people. */
  function createReadBucket(): ReadBucket {
    let known: { readonly path: string; readonly lines: readonly string[] } | undefined;
    return async (path) => {
      if (known?.path !== path) known = { path, lines: await readLines(deps.snapshots, path) };
      return known.lines;
    };
  }

  async function withLines(
    jobId: string,
    progress: AdoptionProgress,
    lines: readonly AdoptionLine[],
  ): Promise<AdoptionProgress> {
    let { parts } = progress;
    for (let from = 0; from < lines.length; from += LINES_PER_PART) {
      const some = lines.slice(from, from + LINES_PER_PART).map((line) => JSON.stringify(line));
      await deps.jobs.writePart(jobId, parts, some.join('\n'));
      parts += 1;
    }
    return { ...progress, parts };
  }

  async function readGround(isDryRun: boolean, known: AdoptionProgress | undefined, log: Log) {
    const snapshot = await deps.readSnapshot(known?.runId);
    if (snapshot === undefined)
      throw new JobFailed('there is no people snapshot: an inventory run reads the people; then adopt again');
    try {
      const { policy, version: policyVersion, ofVersion } = await deps.policies.current(log);
      if (known && known.policyVersion !== policyVersion)
        throw new JobFailed('another policy has been saved meanwhile: adopt again');
      const catalogue = await deps.catalogue();
      const at = known?.at ?? deps.clock();
      const ground: AdoptionGround = {
        ...{ policy, policyVersion, ofVersion, catalogue, snapshot, isDryRun, at },
      };
      return { ground, snapshot };
    } catch (error) {
      if (error instanceof PolicyError) throw new JobFailed(`no policy is in force: ${error.message}`);
      throw error instanceof WebexFailure ? new JobWaits(error.condition) : error;
    }
  }
}
