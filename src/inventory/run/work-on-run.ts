import type { Clock } from '../../platform/clock.ts';
import { HELD_ELSEWHERE, type TryExclusively } from '../../platform/exclusively.ts';
import type { Log } from '../../platform/log.ts';
import { logAccess } from '../../webex/check.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { AccessTokens } from '../../webex/tokens/token-source.ts';
import type { SendAlerts } from '../insight/insight.ts';
import { type AssignmentStore, RunLost, type RunQueue } from '../ports.ts';
import { ASSIGNMENTS, toRunFolder } from '../publish/paths.ts';
import { createPublish, type PublishDeps } from '../publish/publish.ts';
import { inventoryRunMessageSchema } from '../schemas/files.ts';
import { createBeginReading, type ReadDeps } from './begin-reading.ts';
import { createFinish } from './finish.ts';
import { openCheckpoints } from './journal.ts';
import { createKeepAssignments } from './keep-assignments.ts';
import { LICENSES_AT_ONCE, readAssignments } from './read-assignments.ts';
import { decideDelayMs, MAX_FAILURES } from './retry.ts';
import { isOpen, type StoredRun } from './run.ts';

/** The host gives 10 minutes; the last page, with its retries, may take a few, and publishing one. */
export const INVOCATION_BUDGET_MS = 6 * 60_000;

/** By then, who died holds it no more. */
const CHECK_AGAIN_MS = 60_000;

export interface WorkDeps extends ReadDeps, Pick<PublishDeps, 'readInsight' | 'readRequests'> {
  readonly assignments: AssignmentStore;
  readonly sendAlerts: SendAlerts;
  readonly workQueue: RunQueue;
  readonly exclusively: TryExclusively;
  readonly clock: Clock;
  readonly warning: AccessTokens['warning'];
  /** After so long, an invocation leaves the rest to the next one. */
  readonly budgetMs: number;
  readonly retentionMs: number;
}

/**
 * Acts on one message of the queue `inventory-runs`: goes on with the run where it stopped, until it has ended, has
 * to wait for Webex, or the time of the invocation is over. The next message is sent with what is left. It throws
 * only where storage cannot be reached, and then the host delivers the message again.
 */
export function createWorkOnRun(deps: WorkDeps) {
  const { licenses, runs, assignments, workQueue, exclusively, clock, warning, budgetMs } = deps;
  const beginReading = createBeginReading(deps);
  const finish = createFinish(deps);
  const keepAssignments = createKeepAssignments(deps);
  const publish = createPublish(deps);

  return async (received: unknown, log: Log): Promise<void> => {
    const ticket = inventoryRunMessageSchema.safeParse(received);
    if (!ticket.success) return log.warn('inventory-ticket-unreadable');
    const { runId } = ticket.data;
    try {
      const end = await exclusively((lost) => work(runId, lost, log));
      if (end === HELD_ELSEWHERE) await lookAgainLater(runId, log);
    } catch (error) {
      if (!(error instanceof RunLost)) throw error;
      log.warn('inventory-run-lost', { runId });
    }
  };

  /** Whoever holds it may be dead: then nobody else is told to go on. */
  async function lookAgainLater(runId: string, log: Log): Promise<void> {
    log.info('inventory-run-held-elsewhere', { runId });
    const run = await runs.read(runId);
    if (run && isOpen(run)) await workQueue.send(runId, CHECK_AGAIN_MS);
  }

  async function work(runId: string, lost: AbortSignal, log: Log): Promise<void> {
    const stored = await runs.read(runId);
    if (stored === undefined || !isOpen(stored)) {
      return log.info('inventory-run-stale', { runId, state: stored?.state });
    }
    const startedAt = clock();
    const { waitingUntil: _over, reason: _past, ...rest } = stored;
    // Written before anything is read: whoever else holds it, wrongly, can write no more.
    const run = await runs.replace({
      ...rest,
      state: 'reading',
      session: stored.session + 1,
      failures: stored.failures + 1,
      readStartedAt: stored.readStartedAt ?? startedAt,
      updatedAt: startedAt,
    });
    if (run.failures > MAX_FAILURES) {
      const detail = `It was taken up ${MAX_FAILURES} times without getting on: see the log.`;
      return finish(run, { state: 'failed', reason: { condition: 'stuck', detail } }, log);
    }
    logAccess(log, await warning());
    try {
      const isOver = () => lost.aborted || clock().getTime() - startedAt.getTime() >= budgetMs;
      await goOn(run, isOver, log);
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      await waitOrFail(run, error, log);
    }
  }

  async function goOn(begun: StoredRun, isOver: () => boolean, log: Log): Promise<void> {
    const read = await beginReading(begun);
    if ('refusal' in read) return finish(read.run, { state: 'refused', reason: read.refusal }, log);
    const path = `${toRunFolder(read.run)}/${ASSIGNMENTS}`;
    const checkpoints = openCheckpoints(read.run, { runs, assignments, path, now: clock });
    const stoppedBy = await readAssignments({
      licenses: read.licenses,
      listings: read.run.listings ?? [],
      pagesOf: licenses.assignedUserPages,
      checkpoints,
      licensesAtOnce: LICENSES_AT_ONCE,
      isOver,
    });
    const run = await checkpoints.end();
    if (stoppedBy) return waitOrFail(run, stoppedBy, log);
    if (run.listings?.some(({ isDone }) => !isDone)) return leaveToNext(run, log);
    const readEndedAt = run.readEndedAt ?? clock();
    const all = run.readEndedAt ? run : await runs.replace({ ...run, readEndedAt, failures: 1 });
    const ended = await keepAssignments(all, read.licenses, isOver);
    // Publishing is to have time of its own, too.
    if (!ended.comparison?.isDone || isOver()) return leaveToNext(ended, log);
    const found = await warning();
    const warned = found ? { ...ended, warnings: [...ended.warnings, found.text] } : ended;
    const { status, isLatest } = await publish(warned, readEndedAt);
    if (ended.orgId) await deps.sendAlerts(ended.orgId, log);
    await finish(warned, { state: status, isLatest }, log);
  }

  async function leaveToNext(run: StoredRun, log: Log): Promise<void> {
    await runs.replace({ ...run, state: 'queued', updatedAt: clock() });
    await workQueue.send(run.runId, 0);
    log.info('inventory-run-goes-on', { runId: run.runId, session: run.session });
  }

  async function waitOrFail(run: StoredRun, failure: WebexFailure, log: Log): Promise<void> {
    const { condition, advice, message } = failure;
    const reason = { condition, detail: advice ?? message };
    const delayMs = decideDelayMs(failure, run.failures);
    if (delayMs === undefined) return finish(run, { state: 'failed', reason }, log);
    const now = clock();
    const waitingUntil = new Date(now.getTime() + delayMs);
    await runs.replace({ ...run, state: 'waiting', reason, waitingUntil, updatedAt: now });
    await workQueue.send(run.runId, delayMs);
    log.warn('inventory-run-waits', { runId: run.runId, condition, delayMs, trackingId: failure.trackingId });
  }
}
