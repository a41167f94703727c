import type { TimerFunction } from './functions.ts';
import type { Invoke, Listener } from './listener.ts';
import { judgeStart, type TimerStatus, toStatusAfter } from './past-due.ts';
import type { TimerLock } from './timer-lock.ts';
import { type TimerStore, toStatusJson } from './timer-status.ts';
import { createWait } from './wait.ts';

interface Deps {
  readonly invoke: Invoke;
  readonly store: TimerStore;
  readonly lock: TimerLock;
  readonly now: () => Date;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
  /** How often a host that does not have the lock asks for it. */
  readonly lockRetryMs?: number;
}

/** Runs one timer function, on one of all hosts of this storage, one run at a time; a missed run is caught up once. */
export function startTimerListener(fn: TimerFunction, deps: Deps): Listener {
  const { invoke, store, lock, now, onEvent, lockRetryMs = 10_000 } = deps;
  const { schedule } = fn;
  const isMonitored = fn.useMonitor && !schedule.isFrequent;
  const wait = createWait();
  let isAbandoned = false;
  let status: TimerStatus | undefined;
  let due: Date | undefined;

  const running = (async () => {
    while (!wait.isStopped) {
      await attempt('timer-storage-unreachable', turn);
      const untilDueMs = due ? due.getTime() - now().getTime() : lockRetryMs;
      await wait.forMs(Math.max(1, Math.min(untilDueMs, lockRetryMs)));
    }
    if (isAbandoned) lock.abandon();
    else await attempt('timer-lock-not-released', () => lock.release());
  })();

  async function turn(): Promise<void> {
    if (!(await lock.acquire())) {
      due = undefined;
    } else if (due === undefined) {
      await begin();
      due = schedule.next(now());
    } else if (due <= now()) {
      await run(false);
      // Counted from the end: what a long run covers is left out.
      due = schedule.next(now());
    }
  }

  async function begin(): Promise<void> {
    const recorded = isMonitored ? await store.read() : undefined;
    const start = judgeStart(recorded, schedule, now());
    if (isMonitored) {
      status = start.status;
      if (status !== recorded) await store.write(status);
    }
    if (wait.isStopped) return;
    if (start.isPastDue || fn.runOnStartup) await run(start.isPastDue);
  }

  async function run(isPastDue: boolean): Promise<void> {
    const startedAt = now();
    const input = { json: JSON.stringify(toTimerInput(status, isPastDue)) };
    // A run that failed is not repeated: the schedule goes on.
    await attempt('timer-failed', () => invoke(fn.name, input, {}));
    if (!isMonitored || isAbandoned) return;
    const after = toStatusAfter(startedAt, schedule);
    status = after;
    await attempt('timer-status-not-written', () => store.write(after));
  }

  async function attempt(failure: string, action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!isAbandoned) onEvent(failure, error instanceof Error ? error.message : String(error), fn.name);
    }
  }

  return {
    async stop() {
      wait.stop();
      await running;
    },
    async abandon() {
      isAbandoned = true;
      wait.stop();
      await running;
    },
  };
}

/** The timer as the host sends it: it has no status where none is kept. */
export const toTimerInput = (status: TimerStatus | undefined, isPastDue: boolean) => ({
  Schedule: { AdjustForDST: true },
  ScheduleStatus: status ? toStatusJson(status) : null,
  IsPastDue: isPastDue,
});
