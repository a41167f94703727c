import { NOT_PAUSED } from '../../src/guardrails/pause.ts';
import type { GuardDeps } from '../../src/worker/attempt/hold-back.ts';

/** Where guardrails are not what a test is about. */
export const NO_GUARDRAILS: Pick<GuardDeps, 'removals' | 'readPause'> = {
  removals: {
    limits: async () => [],
    reserve: async () => {
      throw new Error('without limits, nobody is counted');
    },
    release: async () => {},
  },
  readPause: async () => NOT_PAUSED,
};
