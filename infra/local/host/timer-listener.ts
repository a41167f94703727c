import type { TimerFunction } from './functions.ts';
import type { Invoke, Listener } from './queue-listener.ts';
import { parseSchedule } from './schedule.ts';
import type { TimerStore } from './timer-status.ts';
import { createWait } from './wait.ts';

interface Deps {
  readonly invoke: Invoke;
  readonly store: TimerStore;
  readonly now: () => Date;
  readonly onEvent: (event: string, detail: string, functionName: string) => void;
}

/** A lease lasts a minute: the holder renews it in good time, and the others ask again as often. */
const LEASE_TURN_MS = 20_000;

/** Runs one timer function, on one of all hosts of this storage, one run at a time; a missed run is caught up once. */
export function startTimerListener(fn: TimerFunction, deps: Deps): Listener {
  const { invoke, store, now, onEvent } = deps;
  const schedule = parseSchedule(fn.schedule);
  const isMonitored = fn.useMonitor && !schedule.isFrequent;
  const wait = createWait();
  let isAbandoned = false;

  const running = (async () => {
    let due: Date | undefined;
    while (!wait.isStopped) {
      const isHolder = await hold();
      if (!isHolder) {
        due = undefined;
      } else if (due === undefined) {
        due = await begin();
      } else if (due <= now()) {
        await run(false, due);
        due = schedule.next(now());
      }
      const untilDueMs = due ? due.getTime() - now().getTime() : LEASE_TURN_MS;
      await wait.forMs(Math.max(1, Math.min(untilDueMs, LEASE_TURN_MS)));
    }
    if (!isAbandoned) await store.release();
  })().catch((error: unknown) => onEvent('timer-stopped', toMessage(error), fn.name));

  async function hold(): Promise<boolean> {
    try {
      return await store.acquire();
    } catch (error) {
      onEvent('timer-lock-unreachable', toMessage(error), fn.name);
      return false;
    }
  }

  /** The start on this host. @returns the next occurrence */
  async function begin(): Promise<Date | undefined> {
    const status = isMonitored ? await store.readStatus() : undefined;
    // A schedule that was changed meanwhile is judged by the new one.
    const missed = status && schedule.next(status.last ?? new Date(status.next.getTime() - 1));
    const isPastDue = missed !== undefined && missed < now() && status !== undefined && status.next < now();
    if (isPastDue || fn.runOnStartup) await run(isPastDue, status?.last);
    else if (isMonitored && !status) await record(undefined);
    return schedule.next(now());
  }

  async function run(isPastDue: boolean, last: Date | undefined): Promise<void> {
    const startedAt = now();
    const next = schedule.next(startedAt) ?? startedAt;
    const times = [last ?? startedAt, startedAt, next].map((time) => time.toISOString());
    const status = isMonitored ? { Last: times[0], LastUpdated: times[1], Next: times[2] } : null;
    const timer = { Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: isPastDue };
    try {
      await invoke(fn.name, { json: JSON.stringify(timer) }, { TimerTrigger: startedAt.toISOString() });
    } catch (error) {
      // A failed run is not repeated: the schedule goes on.
      onEvent('timer-failed', toMessage(error), fn.name);
    }
    if (isMonitored && !isAbandoned) await record(startedAt);
  }

  async function record(last: Date | undefined): Promise<void> {
    try {
      await store.writeStatus({ last, next: schedule.next(now()) ?? now() }, now());
    } catch (error) {
      onEvent('timer-status-unreachable', toMessage(error), fn.name);
    }
  }

  return {
    async stop() {
      wait.stop();
      await running;
    },
    abandon() {
      isAbandoned = true;
      wait.stop();
    },
  };
}

const toMessage = (error: unknown) => (error instanceof Error ? error.message : String(error));
