import * as z from 'zod';
import type { AuditTrail } from '../../audit/trail.ts';
import { type IncomingRequest, readBody } from '../../http/body.ts';
import { toCaller } from '../../http/caller.ts';
import { type HttpAnswer, toProblem } from '../../http/problem.ts';
import { refuseControls } from '../../platform/check-text.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Job, type JobStore, startJob } from '../../platform/jobs.ts';
import type { Log } from '../../platform/log.ts';
import type { PolicyStatus } from '../../policy/policy-source.ts';
import { readJobPeople } from '../job-people.ts';
import { adoptionInputSchema, adoptionProgressSchema, adoptionResultSchema } from './adoption.ts';
import { ADOPTION, type AdoptionDeps } from './work-on-adoption.ts';

interface Deps extends Pick<AdoptionDeps, 'readSnapshot'> {
  readonly policies: { status(log: Log): Promise<PolicyStatus> };
  readonly jobs: JobStore;
  readonly send: (jobId: string, delayMs?: number) => Promise<void>;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly instance: string;
}

const MAX_OPEN = 10;
/** They name people. */
const NO_STORE = { 'cache-control': 'no-store' };
const ADOPTION_ID = /^[\w-]{1,64}$/;

const REASON = 'must have 1 to 200 characters';
export const reasonSchema = z.string().trim().min(1, REASON).max(200, REASON).optional();
export const adoptionBodySchema = z
  .strictObject({ dryRun: z.boolean().default(false), reason: reasonSchema })
  .superRefine(refuseControls());

/** Adoptions over HTTP: what people hold at Webex and the policy manages becomes theirs. */
export function createAdoptionDoors(deps: Deps) {
  const { policies, readSnapshot, jobs, send, audit, clock, newId, instance } = deps;

  /** Begins an adoption, or a dry run of one, and answers with its address. */
  async function startAdoption(http: IncomingRequest, log: Log): Promise<HttpAnswer> {
    const body = await readBody(http, adoptionBodySchema, { ifEmpty: {} });
    if (!body.ok) return body.answer;
    const { dryRun, reason } = body.value;
    const { inForce, refused } = await policies.status(log);
    if (inForce === undefined)
      return toProblem('no-policy', refused === undefined ? {} : { detail: refused });
    if (inForce.policy.manages.length === 0)
      return toProblem('nothing-managed', { detail: 'Name the licenses in `manages:` of the policy.' });
    if ((await readSnapshot()) === undefined)
      return toProblem('no-people', { detail: 'Start one with POST /api/inventory/runs.' });
    if ((await jobs.open(MAX_OPEN)).length >= MAX_OPEN)
      return toProblem('too-many-jobs', { retryAfterSeconds: 30 });
    const policyVersion = inForce.version;
    if (!dryRun)
      await audit.append([
        { act: 'adopt', by: toCaller(http), reason: reason ?? 'not told', policyVersion, instance },
      ]);
    const asked = { jobId: newId(), kind: ADOPTION, input: { dryRun } };
    const job = await startJob({ jobs, send, clock }, asked);
    const location = `${new URL(http.url).pathname.replace(/\/$/, '')}/${job.jobId}`;
    return { status: 202, headers: { ...NO_STORE, location }, jsonBody: toShown(job) };
  }

  async function readAdoption(adoptionId: string): Promise<HttpAnswer> {
    const job = await find(adoptionId);
    return job ? { status: 200, headers: NO_STORE, jsonBody: toShown(job) } : toProblem('unknown-adoption');
  }

  /** Who gets what by adoption and loses it then, and who was left out, in pages. @param query its `next` */
  async function readAdoptionPeople(adoptionId: string, query: URLSearchParams): Promise<HttpAnswer> {
    const job = await find(adoptionId);
    if (job === undefined) return toProblem('unknown-adoption');
    const parts = job.progress ? adoptionProgressSchema.parse(job.progress).parts : 0;
    return readJobPeople(jobs, adoptionId, parts, query);
  }

  /** Ends an adoption where it is: what is adopted stays. */
  async function removeAdoption(adoptionId: string): Promise<HttpAnswer> {
    if ((await find(adoptionId)) === undefined) return toProblem('unknown-adoption');
    await jobs.remove(adoptionId);
    return { status: 204 };
  }

  async function find(adoptionId: string): Promise<Job | undefined> {
    const job = ADOPTION_ID.test(adoptionId) ? await jobs.read(adoptionId) : undefined;
    return job?.kind === ADOPTION ? job : undefined;
  }

  return { startAdoption, readAdoption, readAdoptionPeople, removeAdoption };
}

function toShown({ jobId, state, createdAt, updatedAt, waitsFor, failure, input, progress, result }: Job) {
  const { dryRun } = adoptionInputSchema.parse(input);
  const people = progress ? adoptionProgressSchema.parse(progress).counts.people : 0;
  return {
    ...{ adoptionId: jobId, dryRun, state, createdAt, updatedAt, progress: { people } },
    ...(waitsFor !== undefined && { waitsFor }),
    ...(failure !== undefined && { failure }),
    ...(result !== undefined && { result: adoptionResultSchema.parse(result) }),
  };
}
