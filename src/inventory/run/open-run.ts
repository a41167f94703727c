import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { RunStore } from '../ports.ts';
import type { RunState, StoredRun } from './run.ts';

/** A run that an invocation works on. */
export interface OpenRun {
  /** As it is stored now. */
  readonly state: () => StoredRun;
  /** Stores changes of it. @throws {RunLost} where another invocation works on it */
  readonly update: (changes: Partial<RunState>) => Promise<void>;
  /** Whether to leave the rest to the next invocation. */
  readonly isOver: () => boolean;
  readonly log: Log;
}

export function createOpenRun(
  runs: Pick<RunStore, 'replace'>,
  clock: Clock,
  stored: StoredRun,
  rest: Pick<OpenRun, 'isOver' | 'log'>,
): OpenRun {
  let state = stored;
  return {
    ...rest,
    state: () => state,
    async update(changes) {
      state = await runs.replace({ ...state, updatedAt: clock(), ...changes });
    },
  };
}
