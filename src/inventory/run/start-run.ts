import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import type { RunQueue, RunStore } from '../ports.ts';
import { isOpen, isResumable, newRun, type RunState, type StoredRun } from './run.ts';

interface Deps {
  readonly runs: Pick<RunStore, 'current' | 'begin' | 'replace'>;
  readonly workQueue: RunQueue;
  readonly clock: Clock;
  readonly newId: () => string;
}

export interface Started {
  /** `open`: there is one that has not ended, and no other is begun. */
  readonly kind: 'begun' | 'resumed' | 'open';
  readonly run: StoredRun;
}

export type StartRun = (asked: Pick<RunState, 'trigger' | 'force'>, log: Log) => Promise<Started>;

const RUN_ID_LENGTH = 8;

/**
 * Begins a run, and has a worker told of it; a run that failed lately is gone on with, unless it is to be forced.
 * One run is open at a time.
 * @throws StorageUnavailable; the sweep tells a worker of a run that was begun and nobody was told of
 */
export function createStartRun({ runs, workQueue, clock, newId }: Deps): StartRun {
  return async (asked, log) => {
    const started = await retryOnConflict(async () => {
      const current = await runs.current();
      return current && isOpen(current) ? { kind: 'open' as const, run: current } : start(current, asked);
    });
    if (started === VERSION_CONFLICT) throw new Error('Other runs were begun, and ended, meanwhile');
    if (started.kind === 'open') return started;
    await workQueue.send(started.run.runId, 0);
    log.info(`inventory-run-${started.kind}`, { runId: started.run.runId, trigger: asked.trigger });
    return started;
  };

  async function start(
    current: StoredRun | undefined,
    asked: Pick<RunState, 'trigger' | 'force'>,
  ): Promise<Started | VersionConflict> {
    const now = clock();
    if (current && !asked.force && isResumable(current, now)) {
      const { reason: _past, ...rest } = current;
      return {
        kind: 'resumed',
        run: await runs.replace({ ...rest, state: 'queued', failures: 0, updatedAt: now }),
      };
    }
    const run = await runs.begin(
      newRun(newId().slice(0, RUN_ID_LENGTH), asked, now, current?.orgId),
      current,
    );
    return run === VERSION_CONFLICT ? run : { kind: 'begun', run };
  }
}

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
