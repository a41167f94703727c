import type { StartRepair } from '../../hr/drift/start-repair.ts';
import { findDoubts } from '../../people/doubts.ts';
import { publishSnapshot, readManifest, toSnapshot } from '../../people/snapshot.ts';
import type { Clock } from '../../platform/clock.ts';
import { HELD_ELSEWHERE, type TryExclusively } from '../../platform/exclusively.ts';
import type { Log } from '../../platform/log.ts';
import { logAccess } from '../../webex/check.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { AccessTokens } from '../../webex/tokens/token-source.ts';
import type { SendAlerts } from '../insight/insight.ts';
import { RunLost, type RunQueue } from '../ports.ts';
import { UNKNOWN_ORG } from '../publish/paths.ts';
import { createPublish, type PublishDeps } from '../publish/publish.ts';
import { inventoryRunMessageSchema } from '../schemas/files.ts';
import { type BeginDeps, createBeginReading } from './begin-reading.ts';
import { createDriftStep, type FindDriftDeps } from './find-drift.ts';
import { createFinish } from './finish.ts';
import { findPeopleRefusal } from './guard.ts';
import { createReadPeople, type ReadPeopleDeps } from './read-people.ts';
import { decideDelayMs, MAX_FAILURES } from './retry.ts';
import { isOpen, type StoredRun } from './run.ts';

/** The host gives 10 minutes; the last page, with its retries, may take a few, and publishing one. */
export const INVOCATION_BUDGET_MS = 6 * 60_000;

/** A crashed holder's lease has expired after this. */
const CHECK_AGAIN_MS = 60_000;

export interface WorkDeps
  extends Omit<BeginDeps, 'webex'>,
    Pick<ReadPeopleDeps, 'webex' | 'people'>,
    Pick<PublishDeps, 'assignments' | 'readInsight' | 'readRequests'>,
    Pick<FindDriftDeps, 'findDrift'> {
  /** Begins the repair of the drift of a run, where one is due. Done again, it begins no other. */
  readonly startRepair: StartRepair;
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
  const { runs, workQueue, exclusively, clock, warning, budgetMs } = deps;
  const beginReading = createBeginReading(deps);
  const finish = createFinish(deps);
  const readPeople = createReadPeople(deps);
  const publish = createPublish(deps);
  const findDrift = createDriftStep(deps);

  return async (received: unknown, log: Log): Promise<void> => {
    const message = inventoryRunMessageSchema.safeParse(received);
    if (!message.success) return log.warn('inventory-message-unreadable');
    const { runId } = message.data;
    try {
      const end = await exclusively((lost) => work(runId, lost, log));
      if (end === HELD_ELSEWHERE) await lookAgainLater(runId, log);
    } catch (error) {
      if (!(error instanceof RunLost)) throw error;
      log.warn('inventory-run-lost', { runId });
    }
  };

  /** The holder may have crashed: then no other message continues the run. */
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
    // Written before anything is read, so that a former holder of the lease fails at its next write.
    const run = await runs.replace({
      ...rest,
      state: 'reading',
      session: stored.session + 1,
      failures: stored.failures + 1,
      // Version 0.1.0 read something else than people: such a run begins anew, in a folder of its own.
      readStartedAt: (stored.people && stored.readStartedAt) ?? startedAt,
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
    const started = await beginReading(begun);
    if ('refusal' in started) return finish(started.run, { state: 'refused', reason: started.refusal }, log);
    const { licenses } = started;
    const read = await readPeople(started.run, licenses, isOver);
    if (read.stoppedBy) return waitOrFail(read.run, read.stoppedBy, log);
    const { orgId = UNKNOWN_ORG, people, counts = [], readEndedAt = clock() } = read.run;
    if (!read.isDone || !people?.whole) return leaveToNext(read.run, log);

    const found = await warning();
    const run = found ? { ...read.run, warnings: [...read.run.warnings, found.text] } : read.run;
    const doubts = findDoubts(people, people.whole, licenses, counts);
    const { runId, readStartedAt = readEndedAt, force } = run;
    const of = { runId, orgId, readStartedAt, readEndedAt };
    const snapshot = toSnapshot(of, licenses, people.whole, doubts);
    const latest = await readManifest(deps.people, orgId);
    const refusal = force ? undefined : findPeopleRefusal(snapshot.people, latest?.people);
    if (refusal) return finish(run, { state: 'refused', reason: refusal }, log);
    const isWhole = !doubts.some(({ isGrave }) => isGrave);
    const compared = await findDrift({ run, snapshot, isWhole, licenses }, isOver, log);
    // Publishing is to have time of its own, too.
    if (!compared.drift?.result || isOver()) return leaveToNext(compared, log);
    const { status, isLatest } = await publish({ run: compared, licenses, snapshot, doubts, latest });
    if (isLatest && isWhole) {
      await publishSnapshot(deps.people, snapshot);
      await deps.startRepair(snapshot, compared.drift.result);
    }
    await deps.sendAlerts(orgId, log);
    await finish(compared, { state: status, isLatest }, log);
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
