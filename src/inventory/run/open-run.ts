import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { RunStore } from '../ports.ts';
import type { RunState, StoredRun } from './run.ts';

/** A run that an invocation works on. @param isOver whether to leave the rest to the next invocation */
export function createOpenRun(
  runs: Pick<RunStore, 'replace'>,
  clock: Clock,
  stored: StoredRun,
  { isOver, log }: { readonly isOver: () => boolean; readonly log: Log },
) {
  let state = stored;
  return {
    ...{ isOver, log },
    /** As it is stored now. */
    state: () => state,
    /** Stores changes of it. @throws {RunLost} where another invocation works on it */
    async update(changes: Partial<RunState>): Promise<void> {
      state = await runs.replace({ ...state, updatedAt: clock(), ...changes });
    },
  };
}

export type OpenRun = ReturnType<typeof createOpenRun>;
