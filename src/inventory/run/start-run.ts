import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import type { RunQueue, RunStore } from '../ports.ts';
import { isOpen, isResumable, newRun, type RunState } from './run.ts';

interface Deps {
  readonly runs: Pick<RunStore, 'current' | 'begin' | 'replace'>;
  readonly workQueue: RunQueue;
  readonly clock: Clock;
  readonly newId: () => string;
}

const RUN_ID_LENGTH = 8;

/**
 * Begins a run, and has a worker told of it; a run that failed lately is gone on with, unless it is to be forced.
 * One run is open at a time.
 */
export function createStartRun({ runs, workQueue, clock, newId }: Deps) {
  /**
   * @returns `open`: there is one that has not ended, and no other is begun
   * @throws StorageUnavailable; a run that was begun without a message is sent by the sweep
   */
  return async function startRun(asked: Pick<RunState, 'trigger' | 'force'>, log: Log) {
    const started = await retryOnConflict(async () => {
      const current = await runs.current();
      if (current && isOpen(current)) return { kind: 'open' as const, run: current };
      const now = clock();
      if (current && !asked.force && isResumable(current, now)) {
        const { reason: _past, ...rest } = current;
        const run = await runs.replace({ ...rest, state: 'queued', failures: 0, updatedAt: now });
        return { kind: 'resumed' as const, run };
      }
      const runId = newId().slice(0, RUN_ID_LENGTH);
      const run = await runs.begin(newRun(runId, asked, now, current?.orgId), current);
      return run === VERSION_CONFLICT ? run : { kind: 'begun' as const, run };
    });
    if (started === VERSION_CONFLICT) throw new Error('Other runs were begun, and ended, meanwhile');
    if (started.kind === 'open') return started;
    await workQueue.send(started.run.runId, 0);
    log.info(`inventory-run-${started.kind}`, { runId: started.run.runId, trigger: asked.trigger });
    return started;
  };
}

export type StartRun = ReturnType<typeof createStartRun>;

/** Longer than one page may take, with its retries. */
const LEFT_BEHIND_MS = 5 * 60_000;

/** Has a worker told of an open run that nobody seems to work on: its message, or its worker, was lost. */
export function createSweepRuns({ runs, workQueue, clock }: Omit<Deps, 'newId'>) {
  return async (log: Log): Promise<void> => {
    const current = await runs.current();
    if (!current || !isOpen(current)) return;
    const { runId, state, updatedAt, waitingUntil = updatedAt } = current;
    if (clock().getTime() - waitingUntil.getTime() < LEFT_BEHIND_MS) return;
    log.warn('inventory-run-left-behind', { runId, state });
    await workQueue.send(runId, 0);
  };
}
