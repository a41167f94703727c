import * as z from 'zod';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { stored } from './stored.ts';
import { VERSION_CONFLICT, type VersionConflict } from './version-conflict.ts';

const date = z.coerce.date();

/** Work that takes longer than an HTTP request: done in bounded pieces off a queue, and continued after a kill. */
export const jobSchema = stored({
  jobId: z.string(),
  /** What kind of work it is: see {@link JobKinds}. */
  kind: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  createdAt: date,
  updatedAt: date,
  /** What it waits for, such as Webex; absent while it runs. */
  waitsFor: z.string().exactOptional(),
  /** Why it failed. */
  failure: z.string().exactOptional(),
  /** What was asked, how far it is, and what came of it: each kind has its own schema. */
  input: z.unknown(),
  progress: z.unknown().optional(),
  result: z.unknown().optional(),
});
export type Job = Readonly<z.output<typeof jobSchema>>;

export interface StoredJob extends Job {
  readonly version: string;
}

/** Where jobs and their parts lie. All of a job is removed a while after its last change. */
export interface JobStore {
  read(jobId: string): Promise<StoredJob | undefined>;
  /** Adds the job, or replaces the version that was read. A version conflict also where it was removed. */
  write(job: Job & { readonly version?: string }): Promise<StoredJob | VersionConflict>;
  /** A part of what came of it; written again, it replaces the one before. */
  writePart(jobId: string, part: number, text: string): Promise<void>;
  readPart(jobId: string, part: number): Promise<string | undefined>;
  /** Removes the job, which ends it, and its parts. */
  remove(jobId: string): Promise<void>;
  /** The ids of jobs that have not ended, at most `limit`. */
  open(limit: number): Promise<readonly string[]>;
  /** Of a job that has ended, or was never written. */
  forgetOpen(jobId: string): Promise<void>;
  /** Removes what has not changed since. */
  purge(unchangedSince: Date): Promise<void>;
}

/** The work of one kind of jobs. */
export type WorkOnJob = (
  job: Job,
  /** Stores how far it is. @returns whether there is time for another piece @throws {JobLost} */
  checkpoint: (progress: unknown) => Promise<boolean>,
  log: Log,
) => Promise<'more' | { readonly result: unknown }>;
export type JobKinds = Readonly<Record<string, WorkOnJob>>;

/** The job was removed, or another worker is at it. */
class JobLost extends Error {
  override readonly name = 'JobLost';
}

/** The job cannot go on now, and is tried again. The message says what it waits for. */
export class JobWaits extends Error {
  override readonly name = 'JobWaits';
}

/** The job can never be done. The message says why. */
export class JobFailed extends Error {
  override readonly name = 'JobFailed';
}

interface Deps {
  readonly jobs: JobStore;
  /** Sends the message of a job: the queue `jobs`. */
  readonly send: (jobId: string, delayMs?: number) => Promise<void>;
  readonly clock: Clock;
}

/** One piece of a job; the next message has the rest. */
const PIECE_MS = 20_000;
const WAIT_MS = 30_000;

export const isOpenJob = ({ state }: Pick<Job, 'state'>): boolean =>
  state === 'queued' || state === 'running';

/** Stores a job, and sends its message. Where the process dies in between, the sweep sends it. */
export async function startJob(
  { jobs, send, clock }: Pick<Deps, 'send' | 'clock'> & { readonly jobs: Pick<JobStore, 'write'> },
  asked: Pick<Job, 'jobId' | 'kind' | 'input'>,
): Promise<StoredJob> {
  const now = clock();
  const written = await jobs.write({ ...asked, state: 'queued', createdAt: now, updatedAt: now });
  if (written === VERSION_CONFLICT) throw new Error('There is a job of this id');
  await send(asked.jobId);
  return written;
}

export const jobMessageSchema = z.object({ version: z.literal(1), jobId: z.string().max(64) });
export const encodeJobMessage = (jobId: string): string =>
  JSON.stringify({ version: 1, jobId } satisfies z.output<typeof jobMessageSchema>);

/**
 * Acts on a message of the queue `jobs`: one piece of the job. Delivered twice, the worker that stores its checkpoint later
 * stops. It throws only where storage cannot be reached, and then the host delivers the message again.
 */
export function createWorkOnJobs({ jobs, send, clock, kinds }: Deps & { readonly kinds: JobKinds }) {
  return async function workOnJob(received: unknown, log: Log): Promise<void> {
    const message = jobMessageSchema.safeParse(received);
    if (!message.success) return log.warn('job-message-unreadable');
    const found = await jobs.read(message.data.jobId);
    if (found === undefined) return;
    if (!isOpenJob(found)) return jobs.forgetOpen(found.jobId);
    const work = kinds[found.kind];
    // Of a newer version, which finds it by its own sweep.
    if (work === undefined) return log.warn('job-kind-unknown', { kind: found.kind });
    try {
      await workOn(found, work, log);
    } catch (error) {
      if (!(error instanceof JobLost)) throw error;
      log.info('job-lost', { jobId: found.jobId });
    }
  };

  async function workOn(found: StoredJob, work: WorkOnJob, log: Log): Promise<void> {
    const untilMs = clock().getTime() + PIECE_MS;
    const { waitsFor: _past, ...begun } = found;
    let job: StoredJob = begun;
    const store = async (more: Partial<Job>) => {
      const written = await jobs.write({ ...job, ...more, updatedAt: clock() });
      if (written === VERSION_CONFLICT) throw new JobLost();
      job = written;
    };
    const checkpoint = async (progress: unknown) => {
      await store({ state: 'running', progress });
      return clock().getTime() < untilMs;
    };
    const { jobId, kind } = job;
    try {
      const end = await work(job, checkpoint, log);
      if (end === 'more') return await send(jobId);
      await store({ state: 'done', result: end.result });
    } catch (error) {
      if (error instanceof JobWaits) {
        await store({ waitsFor: error.message });
        return await send(jobId, WAIT_MS);
      }
      if (!(error instanceof JobFailed)) throw error;
      await store({ state: 'failed', failure: error.message });
    }
    await jobs.forgetOpen(jobId);
    log.info('job-ended', { jobId, kind, state: job.state });
  }
}

const MAX_OPEN = 100;
/** A job that has not ended after this fails. */
const MAX_AGE_MS = 24 * 3_600_000;
/** Longer than a piece, its storage calls and the wait of one that waits. */
const LEFT_BEHIND_MS = 60_000;
/** What came of a job is kept for so long. */
export const JOB_KEPT_MS = 7 * 86_400_000;

/** Sends again for jobs whose message or worker was lost, and removes those that are kept no longer. */
export function createSweepJobs({ jobs, send, clock }: Deps) {
  return async function sweepJobs(log: Log): Promise<void> {
    const nowMs = clock().getTime();
    for (const jobId of await jobs.open(MAX_OPEN)) {
      const job = await jobs.read(jobId);
      // Not yet written, or removed but for its marker, which the purge removes.
      if (job === undefined) continue;
      if (!isOpenJob(job)) await jobs.forgetOpen(jobId);
      else if (nowMs > job.createdAt.getTime() + MAX_AGE_MS) {
        const failure = job.waitsFor ?? 'it came to no end within 24 hours: see the log';
        await jobs.write({ ...job, state: 'failed', failure, updatedAt: clock() });
      } else if (nowMs > job.updatedAt.getTime() + LEFT_BEHIND_MS) {
        log.warn('job-left-behind', { jobId, kind: job.kind });
        await send(jobId);
      }
    }
    await jobs.purge(new Date(nowMs - JOB_KEPT_MS));
  };
}
