import type { AuditTrail } from '../../audit/trail.ts';
import { type IncomingRequest, readBody } from '../../http/body.ts';
import { toCaller } from '../../http/caller.ts';
import { toNextQuery, UnknownCursor } from '../../http/cursor.ts';
import { type HttpAnswer, toProblem } from '../../http/problem.ts';
import type { Clock } from '../../platform/clock.ts';
import { isOpenJob, type Job, type JobStore, startJob } from '../../platform/jobs.ts';
import type { Log } from '../../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { toScopeText } from './scope.ts';
import { type UndoInput, undoInputSchema, undoProgressSchema, undoResultSchema } from './undo.ts';
import { undoBodySchema } from './undo-body.ts';
import { UNDO } from './undo-kind.ts';

interface Deps {
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
const UNDO_ID = /^undo-[0-9a-f]{12}$/;
const ID_LENGTH = 12;
/** The failure of an undo that a person stopped. */
const STOPPED = 'stopped by a person';

/** Undo over HTTP: puts back what some requests changed. */
export function createUndoDoors({ jobs, send, audit, clock, newId, instance }: Deps) {
  /** Takes what is to be undone, and answers with the address of the work. */
  async function startUndo(http: IncomingRequest, log: Log): Promise<HttpAnswer> {
    const body = await readBody(http, undoBodySchema);
    if (!body.ok) return body.answer;
    const now = clock();
    const since = body.value.since === undefined ? undefined : new Date(body.value.since);
    if (since !== undefined && since > now)
      return toProblem('invalid-request', {
        errors: [{ pointer: '/since', detail: `is to come: it is ${now.toISOString()} now` }],
      });
    if (body.value.until !== undefined && new Date(body.value.until) <= now)
      return toProblem('invalid-request', { errors: [{ pointer: '/until', detail: 'is past' }] });
    if ((await jobs.open(MAX_OPEN)).length >= MAX_OPEN)
      return toProblem('too-many-jobs', { retryAfterSeconds: 30 });
    const by = toCaller(http);
    const { source, policyVersion, batch, requestId, reason, until, since: _text, ...how } = body.value;
    const scope = {
      ...(source !== undefined && { source }),
      ...(policyVersion !== undefined && { policyVersion }),
      ...(batch !== undefined && { batch }),
      ...(requestId !== undefined && { requestId }),
    };
    const input: UndoInput = {
      ...{ scope, before: now, by, ...how },
      ...(since && { since }),
      ...(reason !== undefined && { reason }),
      ...(until !== undefined && { until }),
    };
    const jobId = `undo-${newId().replaceAll('-', '').slice(0, ID_LENGTH)}`;
    const text = reason ?? `undo of ${toScopeText(scope)}`;
    if (!how.dryRun)
      await audit.append([{ act: 'undo', by, reason: text, undoId: jobId, ...scope, instance }]);
    const job = await startJob({ jobs, send, clock }, { jobId, kind: UNDO, input });
    log.warn('undo', { undoId: jobId, key: by.key, dryRun: how.dryRun });
    const location = `${new URL(http.url).pathname.replace(/\/$/, '')}/${jobId}`;
    return { status: 202, headers: { ...NO_STORE, location }, jsonBody: toShown(job) };
  }

  async function readUndo(undoId: string): Promise<HttpAnswer> {
    const job = await find(undoId);
    return job ? { status: 200, headers: NO_STORE, jsonBody: toShown(job) } : toProblem('unknown-undo');
  }

  /** What becomes of each change, in pages. @param query its `next` */
  async function readUndoChanges(undoId: string, query: URLSearchParams): Promise<HttpAnswer> {
    const job = await find(undoId);
    if (job === undefined) return toProblem('unknown-undo');
    const next = query.get('next') ?? '0';
    if (!/^\d{1,6}$/.test(next)) throw new UnknownCursor();
    const parts = job.progress ? undoProgressSchema.parse(job.progress).parts : 0;
    const part = Number(next);
    const text = part < parts ? await jobs.readPart(undoId, part) : undefined;
    const items: readonly unknown[] = text ? text.split('\n').map((line) => JSON.parse(line)) : [];
    const isMore = part + 1 < parts;
    const more = isMore && { next: toNextQuery({}, String(part + 1)) };
    return { status: 200, headers: NO_STORE, jsonBody: { items, ...more } };
  }

  /** Ends an undo where it is. Requests that it has sent go on, and what it did stays readable. */
  async function stopUndo(undoId: string, log: Log): Promise<HttpAnswer> {
    let shown: Job | undefined;
    const stopped = await retryOnConflict(async () => {
      const job = await find(undoId);
      shown = job;
      if (job === undefined || !isOpenJob(job)) return undefined;
      shown = { ...job, state: 'failed', failure: STOPPED, updatedAt: clock() };
      return jobs.write({ ...job, ...shown });
    });
    if (shown === undefined) return toProblem('unknown-undo');
    if (stopped === VERSION_CONFLICT) return toProblem('decided-meanwhile');
    if (stopped) {
      await jobs.forgetOpen(undoId);
      log.warn('undo-stopped', { undoId });
    }
    return { status: 200, headers: NO_STORE, jsonBody: toShown(shown) };
  }

  async function find(undoId: string) {
    const job = UNDO_ID.test(undoId) ? await jobs.read(undoId) : undefined;
    return job?.kind === UNDO ? job : undefined;
  }

  return { startUndo, readUndo, readUndoChanges, stopUndo };
}

function toShown({ jobId, state, createdAt, updatedAt, waitsFor, failure, input, progress, result }: Job) {
  const { scope, since, dryRun } = undoInputSchema.parse(input);
  const { requests, putBack, left } = progress
    ? undoProgressSchema.parse(progress)
    : { requests: 0, putBack: 0, left: 0 };
  return {
    ...{ undoId: jobId, state, scope, since, dryRun, createdAt, updatedAt },
    // Of the requests that put something back.
    ...(!dryRun && { batch: jobId }),
    progress: { requests, putBack, left },
    ...(waitsFor !== undefined && { waitsFor }),
    ...(failure !== undefined && { failure }),
    ...(result !== undefined && { result: undoResultSchema.parse(result) }),
  };
}
