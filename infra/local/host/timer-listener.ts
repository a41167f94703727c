import type { TimerFunction } from './functions.ts';
import type { Invoke, Listener } from './listener.ts';
import { judgeStart, type TimerStatus, toStatusAfter } from './past-due.ts';
import { toMessage } from './storage-failure.ts';
import type { TimerLock } from './timer-lock.ts';
import { type TimerStore, toStatusJson } from './timer-status.ts';
import { createWait } from './wait.ts';

interface Deps {
  readonly invoke: Invoke;
  readonly store: TimerStore;
  readonly lock: TimerLock;
  readonly now: () => Date;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
  /** Called with the reason for which the host cannot go on. */
  readonly onFatal: (reason: string) => void;
  /** How often a host that does not have the lock asks for it. */
  readonly lockPollMs: number;
}

/** Below the 24.8 days that a timer of Node can wait; also how soon a clock that was set is noticed. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Runs one timer function, on one of all hosts of this storage, one run at a time. Occurrences that passed while no
 * host ran, or during a long run, are caught up by one run, at once.
 */
export function startTimerListener(fn: TimerFunction, deps: Deps): Listener {
  const { invoke, store, lock, now, onEvent, onFatal, lockPollMs } = deps;
  const { schedule } = fn;
  const isMonitored = fn.useMonitor && !schedule.isFrequent;
  const wait = createWait();
  let isAbandoned = false;

  const running = listen()
    .catch((error: unknown) => {
      if (!isAbandoned) onFatal(`The timer ${fn.name}: ${toMessage(error)}`);
    })
    .then(() => {
      if (isAbandoned) return lock.abandon();
      return attempt('timer-lock-not-released', () => lock.release());
    });

  /** Rejects where storage fails at the start, or before the first run with the lock. */
  async function listen(): Promise<void> {
    let isLocked = await lock.acquire();
    while (!wait.isStopped) {
      if (isLocked) await runWhileLocked();
      await wait.forMs(lockPollMs);
      isLocked = false;
      if (!wait.isStopped)
        await attempt('timer-lock-unreachable', async () => {
          isLocked = await lock.acquire();
        });
    }
  }

  /** Until the stop, or until another host has the lock. */
  async function runWhileLocked(): Promise<void> {
    let { status, isPastDue } = await begin();
    let dueMs = isPastDue || fn.runOnStartup ? 0 : status.next.getTime();
    for (;;) {
      await untilMs(dueMs);
      if (wait.isStopped || !lock.isHeld()) return;
      // It may begin a moment early; counted from then, its occurrence would come twice.
      const startedAt = new Date(Math.max(now().getTime(), dueMs));
      status = await run(status, isPastDue, startedAt);
      isPastDue = false;
      dueMs = status.next.getTime();
    }
  }

  async function begin() {
    const recorded = isMonitored ? await store.read() : undefined;
    const start = judgeStart(recorded, schedule, now());
    if (isMonitored && start.status !== recorded) await store.write(start.status);
    return start;
  }

  async function untilMs(dueMs: number): Promise<void> {
    for (;;) {
      const leftMs = dueMs - now().getTime();
      if (leftMs <= 0 || wait.isStopped) return;
      await wait.forMs(Math.min(leftMs, LONGEST_WAIT_MS));
    }
  }

  /** @returns the status after it, also where the run failed: it is not repeated */
  async function run(status: TimerStatus, isPastDue: boolean, startedAt: Date): Promise<TimerStatus> {
    const input = { json: JSON.stringify(toTimerInput(isMonitored ? status : undefined, isPastDue)) };
    await attempt('timer-failed', () => invoke(fn.name, input, {}));
    const after = toStatusAfter(startedAt, schedule);
    if (isMonitored && !isAbandoned) await attempt('timer-status-not-written', () => store.write(after));
    return after;
  }

  async function attempt(failure: string, action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!isAbandoned) onEvent(failure, toMessage(error), fn.name);
    }
  }

  return {
    async stop() {
      wait.stop();
      await running;
    },
    async abandon() {
      isAbandoned = true;
      lock.abandon();
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
