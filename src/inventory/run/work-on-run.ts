import type { FindDrift } from '../../hr/drift/find-drift.ts';
import type { StartRepair } from '../../hr/drift/start-repair.ts';
import { publishSnapshot, readManifest } from '../../people/snapshot.ts';
import { HELD_ELSEWHERE, type TryExclusively } from '../../platform/exclusively.ts';
import type { Log } from '../../platform/log.ts';
import { logAccess } from '../../webex/check.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { AccessTokens } from '../../webex/tokens/token-source.ts';
import type { SendAlerts } from '../insight/insight.ts';
import { RunLost, type RunQueue } from '../ports.ts';
import { type PublishDeps, publish } from '../publish/publish.ts';
import { inventoryRunMessageSchema } from '../schemas/run-message.ts';
import { type BeginDeps, beginReading } from './begin-reading.ts';
import { findDriftOf } from './find-drift.ts';
import { type FinishDeps, finishRun, type RunEnd } from './finish.ts';
import { findPeopleRefusal, type Refusal } from './guard.ts';
import { createOpenRun, type OpenRun } from './open-run.ts';
import { type ReadPeopleDeps, readPeople } from './read-people.ts';
import { decideDelayMs, MAX_FAILURES } from './retry.ts';
import { isOpen } from './run.ts';

/** The host gives 10 minutes; the last page, with its retries, may take a few, and publishing one. */
export const INVOCATION_BUDGET_MS = 6 * 60_000;

/** A crashed holder's lease has expired after this. */
const CHECK_AGAIN_MS = 60_000;

type StepDeps = BeginDeps & ReadPeopleDeps & PublishDeps & FinishDeps;

export interface WorkDeps extends StepDeps {
  readonly findDrift: FindDrift;
  /** Begins the repair of the drift of a run, where one is due. Done again, it begins no other. */
  readonly startRepair: StartRepair;
  readonly sendAlerts: SendAlerts;
  readonly workQueue: RunQueue;
  readonly exclusively: TryExclusively;
  readonly warning: AccessTokens['warning'];
  /** After so long, an invocation leaves the rest to the next one. */
  readonly budgetMs: number;
}

/**
 * Acts on one message of the queue `inventory-runs`: goes on with the run where it stopped, until it has ended, has
 * to wait for Webex, or the time of the invocation is over. The next message is sent with what is left. It throws
 * only where storage cannot be reached, and then the host delivers the message again.
 */
export function createWorkOnRun(deps: WorkDeps) {
  const { runs, workQueue, exclusively, clock, warning, budgetMs } = deps;

  return async function workOnRun(received: unknown, log: Log): Promise<void> {
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
    if (stored === undefined || !isOpen(stored))
      return log.info('inventory-run-stale', { runId, state: stored?.state });
    const startedAt = clock();
    const isOver = () => lost.aborted || clock().getTime() - startedAt.getTime() >= budgetMs;
    const run = createOpenRun(runs, clock, stored, { isOver, log });
    // Written before anything is read, so that a former holder of the lease fails at its next write.
    await run.update({
      state: 'reading',
      ...{ waitingUntil: undefined, reason: undefined },
      session: stored.session + 1,
      failures: stored.failures + 1,
      // Older versions kept another form of their reading: such a run begins anew, in a folder of its own.
      readStartedAt: (stored.reading && stored.readStartedAt) ?? startedAt,
    });
    if (stored.failures >= MAX_FAILURES) {
      const detail = `It was taken up ${MAX_FAILURES} times without getting on: see the log.`;
      return finishRun(deps, run, { state: 'failed', reason: { condition: 'stuck', detail } });
    }
    try {
      const end = await goOn(run);
      await (end ? finishRun(deps, run, end) : leaveToNext(run));
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      await waitOrFail(run, error);
    }
  }

  /** @returns how the run ended; undefined where the time was over before @throws {WebexFailure} */
  async function goOn(run: OpenRun): Promise<RunEnd | undefined> {
    const found = await warning();
    logAccess(run.log, found);
    const licenses = await beginReading(deps, run);
    if ('condition' in licenses) return toRefused(licenses);
    const read = await readPeople(deps, run, licenses);
    if (!read) return undefined;
    const { snapshot, doubts } = read;
    const { warnings, force } = run.state();
    if (found && !warnings.includes(found.text)) await run.update({ warnings: [...warnings, found.text] });
    const isWhole = !doubts.some(({ isGrave }) => isGrave);
    const latest = await readManifest(deps.people, snapshot.orgId);
    const refusal = force ? undefined : findPeopleRefusal(snapshot.people, latest?.people);
    if (refusal) return toRefused(refusal);
    const drift = await findDriftOf(deps.findDrift, run, { snapshot, isWhole, catalogue: licenses });
    // Publishing is to have time of its own, too.
    if (!drift || run.isOver()) return undefined;
    const all = { run: run.state(), licenses, snapshot, doubts, latest, drift };
    const { status, isLatest } = await publish(deps, all);
    if (isLatest && isWhole) {
      await publishSnapshot(deps.people, snapshot);
      await deps.startRepair(snapshot, drift);
    }
    await deps.sendAlerts(snapshot.orgId, run.log);
    return { state: status, isLatest };
  }

  async function leaveToNext(run: OpenRun): Promise<void> {
    const { runId, session } = run.state();
    await run.update({ state: 'queued' });
    await workQueue.send(runId, 0);
    run.log.info('inventory-run-goes-on', { runId, session });
  }

  async function waitOrFail(run: OpenRun, failure: WebexFailure): Promise<void> {
    const { condition, advice, message, trackingId } = failure;
    const { runId, failures } = run.state();
    const reason = { condition, detail: advice ?? message };
    const delayMs = decideDelayMs(failure, failures);
    if (delayMs === undefined) return finishRun(deps, run, { state: 'failed', reason });
    const waitingUntil = new Date(clock().getTime() + delayMs);
    await run.update({ state: 'waiting', reason, waitingUntil });
    await workQueue.send(runId, delayMs);
    run.log.warn('inventory-run-waits', { runId, condition, delayMs, trackingId });
  }
}

const toRefused = (reason: Refusal): RunEnd => ({ state: 'refused', reason });
