import { setTimeout as delay } from 'node:timers/promises';
import type { HostLogEntry } from '../../infra/local/host/log-entry.ts';

const FUNCTION = 'sweep';
const CHECK_EVERY_MS = 100;
const SWEEP_EVERY_MS = 1_000;

/**
 * The runs of the sweep that have begun and not ended, on all hosts. A run by hand is answered when it begins; the timer
 * never starts one before the one before has ended, and on a slow machine one after the other would take all storage.
 */
export function createSweepRuns() {
  const running = new Set<string>();
  return {
    note({ functionName, invocationId, message }: HostLogEntry): void {
      if (functionName !== FUNCTION || invocationId === undefined) return;
      if (message === 'invocation-started') running.add(invocationId);
      else if (/^invocation-(succeeded|failed)/.test(message)) running.delete(invocationId);
    },
    /** All that ran are dead. */
    forget: () => running.clear(),
    /** Until at most so many run, or the signal. */
    async untilAtMost(count: number, signal: AbortSignal): Promise<void> {
      while (running.size > count && !signal.aborted) await delay(CHECK_EVERY_MS);
    },
  };
}

export interface Swept {
  runSweep(host: number): Promise<void>;
  readonly sweeps: Pick<ReturnType<typeof createSweepRuns>, 'untilAtMost'>;
}

/** On one host or another: several may run it at the same time. */
export async function sweepAgainAndAgain(
  { runSweep, sweeps }: Swept,
  hosts: number,
  signal: AbortSignal,
): Promise<void> {
  for (let host = 0; !signal.aborted; host = (host + 1) % hosts) {
    // A host that is down does not sweep.
    await runSweep(host).catch(() => undefined);
    await delay(SWEEP_EVERY_MS);
    await sweeps.untilAtMost(hosts - 1, signal);
  }
}
