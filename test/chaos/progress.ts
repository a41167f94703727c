import { setTimeout as delay } from 'node:timers/promises';
import { isOpen, type State } from '../../src/requests/record/states.ts';
import type { Written } from './steps.ts';

const CHECK_EVERY_MS = 100;

/** How far the requests are, as the hosts are seen to write it, so that storage, which is busy, need not be asked. */
export function createProgress() {
  const states = new Map<string, string>();
  let movedAt = Date.now();
  let ends = 0;
  const isOver = (state: string) => !isOpen(state as State);
  return {
    note(written: readonly Written[]): void {
      if (written.length > 0) movedAt = Date.now();
      for (const { requestId, state } of written) {
        if (isOver(state) && !isOver(states.get(requestId) ?? 'accepted')) ends += 1;
        states.set(requestId, state);
      }
    },
    /** How many have ended. */
    ends: () => ends,
    /** Until all that was asked for has ended, or nothing has moved for so long. */
    async untilEndedOrQuiet(asked: readonly string[], quietMs: number): Promise<void> {
      const since = Date.now();
      const isAllOver = () =>
        [...states.values()].every(isOver) && asked.every((requestId) => states.has(requestId));
      while (!isAllOver() && Date.now() < Math.max(since, movedAt) + quietMs) await delay(CHECK_EVERY_MS);
    },
  };
}

export type Progress = ReturnType<typeof createProgress>;
