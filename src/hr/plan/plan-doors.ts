import { type IncomingRequest, type Read, readBytes, refuseRequest } from '../../http/body.ts';
import { type HttpAnswer, toProblem } from '../../http/problem.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Job, type JobStore, startJob } from '../../platform/jobs.ts';
import { decodeText, UnreadableText } from '../../platform/text-file.ts';
import { PolicyError, parsePolicy } from '../../policy/policy.ts';
import { toPolicyVersion } from '../../policy/policy-version.ts';
import { readJobPeople } from '../job-people.ts';
import { planInputSchema, planProgressSchema, planResultSchema } from './plan.ts';

interface Deps {
  readonly jobs: JobStore;
  readonly send: (jobId: string, delayMs?: number) => Promise<void>;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** The kind of its jobs. */
export const POLICY_PLAN = 'policy-plan';

const MAX_BYTES = 1_048_576;
const MAX_OPEN = 10;
/** They name people. */
const NO_STORE = { 'cache-control': 'no-store' };
const PLAN_ID = /^[\w-]{1,64}$/;

/** Plans of a policy over HTTP: what would happen if it were saved. */
export function createPlanDoors({ jobs, send, clock, newId }: Deps) {
  /** Takes the text of a policy, and answers with the address of its plan. */
  async function startPlan(http: IncomingRequest): Promise<HttpAnswer> {
    const text = await readPolicyText(http);
    if (!text.ok) return text.answer;
    const policyVersion = await toVersion(text.value);
    if (!policyVersion.ok) return policyVersion.answer;
    if ((await jobs.open(MAX_OPEN)).length >= MAX_OPEN)
      return toProblem('too-many-plans', { retryAfterSeconds: 30 });
    const input = { policy: text.value, policyVersion: policyVersion.value };
    const job = await startJob({ jobs, send, clock }, { jobId: newId(), kind: POLICY_PLAN, input });
    const location = `${new URL(http.url).pathname.replace(/\/$/, '')}/${job.jobId}`;
    return { status: 202, headers: { ...NO_STORE, location }, jsonBody: toShown(job) };
  }

  async function readPlan(planId: string): Promise<HttpAnswer> {
    const job = await find(planId);
    return job ? { status: 200, headers: NO_STORE, jsonBody: toShown(job) } : toProblem('unknown-plan');
  }

  /** Who would gain and lose what, in pages. @param query its `next` */
  async function readPlanPeople(planId: string, query: URLSearchParams): Promise<HttpAnswer> {
    const job = await find(planId);
    if (job === undefined) return toProblem('unknown-plan');
    const parts = job.progress ? planProgressSchema.parse(job.progress).parts : 0;
    return readJobPeople(jobs, planId, parts, query);
  }

  /** Ends a plan where it is, and removes what came of it. */
  async function removePlan(planId: string): Promise<HttpAnswer> {
    if ((await find(planId)) === undefined) return toProblem('unknown-plan');
    await jobs.remove(planId);
    return { status: 204 };
  }

  async function find(planId: string): Promise<Job | undefined> {
    const job = PLAN_ID.test(planId) ? await jobs.read(planId) : undefined;
    return job?.kind === POLICY_PLAN ? job : undefined;
  }

  return { startPlan, readPlan, readPlanPeople, removePlan };
}

function toShown({ jobId, state, createdAt, updatedAt, waitsFor, failure, input, progress, result }: Job) {
  const { policyVersion } = planInputSchema.parse(input);
  const looked = progress ? planProgressSchema.parse(progress).counts.looked : 0;
  return {
    ...{ planId: jobId, state, policyVersion, createdAt, updatedAt, progress: { people: looked } },
    ...(waitsFor !== undefined && { waitsFor }),
    ...(failure !== undefined && { failure }),
    ...(result !== undefined && { result: planResultSchema.parse(result) }),
  };
}

/** The body itself, or the text in it where that is JSON. */
async function readPolicyText(http: IncomingRequest): Promise<Read<string>> {
  const bytes = await readBytes(http, MAX_BYTES);
  if (!bytes.ok) return bytes;
  try {
    const text = decodeText(bytes.value);
    const isText = /^\s*"/.test(text) && /json/i.test(http.headers.get('content-type') ?? '');
    const value: unknown = isText ? JSON.parse(text) : text;
    if (typeof value === 'string' && value.trim() !== '') return { ok: true, value };
    return refuseRequest('invalid-request', { detail: 'The body must be the text of a policy.' });
  } catch (error) {
    if (!(error instanceof UnreadableText || error instanceof SyntaxError)) throw error;
    return refuseRequest('invalid-request', { detail: 'The body must be the text of a policy, in UTF-8.' });
  }
}

async function toVersion(text: string): Promise<Read<string>> {
  try {
    return { ok: true, value: toPolicyVersion(await parsePolicy(text)) };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const errors = error.message.split('\n').map((detail) => ({ pointer: '', detail }));
    return refuseRequest('policy-refused', { errors });
  }
}
