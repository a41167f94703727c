import pMap from 'p-map';
import { type JobStore, JobWaits, type WorkOnJob } from '../../platform/jobs.ts';
import { type Log, logUnreadable } from '../../platform/log.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { StoredRequest } from '../record/record.ts';
import { isOpen } from '../record/states.ts';
import { countUndone, newUndoProgress } from './count-undo.ts';
import { isInScope } from './scope.ts';
import { isStoppedBy } from './stop-open.ts';
import {
  type UndoInput,
  type UndoProgress,
  type UndoResult,
  undoInputSchema,
  undoProgressSchema,
} from './undo.ts';
import type { UndoLicenses } from './undo-licenses.ts';
import { type UndoDeps, undoRequest } from './undo-request.ts';

export interface WorkOnUndoDeps extends UndoDeps {
  readonly jobs: Pick<JobStore, 'writePart'>;
  /** @throws {WebexFailure} */
  readonly catalogue: (orgId: string | undefined) => Promise<UndoLicenses>;
  /** From how many of so many people something can be taken at once. */
  readonly forecastPeople: (asked: {
    readonly people: number;
    readonly calling: number;
  }) => Promise<{ readonly canGoNow: number }>;
  /** Of requests, after they ended. */
  readonly retentionMs: number;
}

/** Each piece reads a page of requests and works on it, and ends soon after its time is over. */
const PAGE = 200;
const REQUESTS_AT_ONCE = 8;
/** Requests that ended so long before the undo began are found by its first pass, and the others by the second. */
const PASSES_OVERLAP_MS = 60_000;

/**
 * Works on an undo, a page of requests after the other. The ids of a page are stored before it is worked on: after a kill the
 * same requests are done again, with the same result. The second pass finds what ended while the first one read.
 */
export function createWorkOnUndo(deps: WorkOnUndoDeps): WorkOnJob {
  const { requestStore, jobs, clock, retentionMs } = deps;

  return async function workOnUndo(job, checkpoint, log) {
    try {
      return await work(job, checkpoint, log);
    } catch (error) {
      throw error instanceof WebexFailure ? new JobWaits(error.condition) : error;
    }
  };

  async function work(
    { jobId, input: asked, progress: known }: Parameters<WorkOnJob>[0],
    checkpoint: Parameters<WorkOnJob>[1],
    log: Log,
  ): ReturnType<WorkOnJob> {
    const input = undoInputSchema.parse(asked);
    let progress = known ? undoProgressSchema.parse(known) : newUndoProgress();
    while (!progress.isWhole) {
      if (progress.page === undefined) {
        progress = await readPage(progress, input, jobId, log);
        // An empty page is no work.
        if (progress.page && progress.page.requestIds.length > 0) await checkpoint(progress);
      }
      progress = await workOnPage(progress, input, jobId, log);
      if (!(await checkpoint(progress)) && !progress.isWhole) return 'more';
    }
    return { result: await toResult(progress, input, jobId) };
  }

  async function readPage(before: UndoProgress, input: UndoInput, batch: string, log: Log) {
    const page = await listPage(input, before);
    logUnreadable(log, page.unreadable);
    const requestIds = page.records
      .filter((record) => isInScope(record, input) && isOfPass(record, before.pass, input, batch))
      .map(({ requestId }) => requestId);
    return { ...before, page: { requestIds, ...(page.next !== undefined && { next: page.next }) } };
  }

  /** A range of an index: the batch, or the time at which requests ended, with those that are open. */
  async function listPage({ scope, since = new Date(0), before }: UndoInput, { pass, next }: UndoProgress) {
    if (scope.requestId !== undefined) {
      const record = await requestStore.read(scope.requestId);
      return { records: record ? [record] : [], unreadable: [], next: undefined };
    }
    if (scope.batch !== undefined) return requestStore.ofBatch(scope.batch, PAGE, next);
    const from = pass === 1 ? since : new Date(Math.max(since.getTime(), toBoundaryMs(before)));
    return requestStore.list({ source: scope.source, since: from }, PAGE, next);
  }

  async function workOnPage(
    { page, next: _read, ...before }: UndoProgress,
    input: UndoInput,
    batch: string,
    log: Log,
  ): Promise<UndoProgress> {
    const records = await pMap(page?.requestIds ?? [], requestStore.read, { concurrency: REQUESTS_AT_ONCE });
    const found = records.filter((record) => record !== undefined);
    const undone = await pMap(
      found,
      async (record) => {
        const catalogue = await deps.catalogue(record.request?.orgId);
        return undoRequest(deps, record, { batch, input, catalogue }, log);
      },
      { concurrency: REQUESTS_AT_ONCE },
    );
    const counted = { ...countUndone(before, undone), ...toPlace(before.pass, page?.next) };
    const lines = undone.flatMap((one) => one.lines.map((line) => JSON.stringify(line)));
    if (lines.length === 0) return counted;
    await jobs.writePart(batch, before.parts, lines.join('\n'));
    return { ...counted, parts: before.parts + 1 };
  }

  async function toResult(progress: UndoProgress, input: UndoInput, batch: string): Promise<UndoResult> {
    const { requests, putBack, submitted, left, cancelled, open, licenses, reasons, isCut } = progress;
    const { removals: people, callingRemovals: calling } = progress;
    const keptSince = new Date(clock().getTime() - retentionMs);
    const { requestId, batch: undoneBatch } = input.scope;
    const isShort = requestId !== undefined || undoneBatch !== undefined;
    const isOlder = (input.since ?? new Date(0)) < keptSince && (requests === 0 || !isShort);
    const forecast = input.dryRun && people > 0 ? await deps.forecastPeople({ people, calling }) : undefined;
    return {
      ...{ requests, putBack, submitted, left, cancelled, open, licenses, reasons },
      ...(isCut && { isCut }),
      ...(forecast && {
        forecast: {
          ...{ people, ...forecast, needApproval: Math.max(0, people - forecast.canGoNow) },
          cause: `batch-${batch}`,
        },
      }),
      ...(isOlder && { keptSince }),
    };
  }
}

const toBoundaryMs = (before: Date) => before.getTime() - PASSES_OVERLAP_MS;

/** Whether a pass works on a request: each request belongs to one of them, unless it was open in the first one. */
function isOfPass(record: StoredRequest, pass: 1 | 2, { before }: UndoInput, batch: string): boolean {
  const isLate = !isOpen(record.state) && record.updatedAt.getTime() >= toBoundaryMs(before);
  return pass === 1 ? !isLate : isLate && !isStoppedBy(record, batch);
}

function toPlace(pass: 1 | 2, next: string | undefined): Pick<UndoProgress, 'pass'> & Partial<UndoProgress> {
  if (next !== undefined) return { pass, next };
  return pass === 1 ? { pass: 2 } : { pass, isWhole: true };
}
