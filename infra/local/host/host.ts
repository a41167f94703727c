import { randomUUID } from 'node:crypto';
import type { FunctionSummary } from './functions.ts';
import { type HostRun, startHostRun } from './host-run.ts';
import type { Keys } from './keys.ts';
import type { HostLogEntry } from './log-entry.ts';
import { toRestartDelayMs } from './restart-delay.ts';
import type { Settings } from './settings.ts';
import { toMessage } from './storage-failure.ts';
import { type HostTiming, REAL_TIMING } from './timing.ts';
import { createWait } from './wait.ts';
import { findWorker } from './worker-process.ts';

export type { HostLogEntry } from './log-entry.ts';

export interface HostOptions {
  /** A built app: host.json, package.json with `main`, and what that names. */
  readonly appDirectory: string;
  /** App settings: the environment of the app, and what `%NAME%` and connections mean. */
  readonly settings: Settings;
  /** 0 is any free port. */
  readonly port?: number;
  /** By default random. */
  readonly keys?: Keys;
  /** The built worker; by default that of the build. */
  readonly workerPath?: string;
  /** In place of the real host's times. */
  readonly timing?: Partial<HostTiming>;
  /** How long a stop waits for what runs, before it kills it. */
  readonly drainTimeoutMs?: number;
  readonly onLog?: (entry: HostLogEntry) => void;
}

export interface LocalHost {
  readonly url: string;
  readonly keys: Keys;
  readonly functions: readonly FunctionSummary[];
  /** Drains: takes no more, lets what runs end and be settled, ends the app. */
  stop(): Promise<void>;
  /** As if the machine died: the worker is killed and no message is settled. */
  crash(): Promise<void>;
  /** As if the system killed the worker alone: another is started. */
  crashWorker(): void;
}

/** As long as the real host gives its functions. */
const DRAIN_TIMEOUT_MS = 10_000;

/**
 * Runs a built Functions app on this machine, unchanged: its HTTP functions, queue triggers and timers. A host that
 * ends, as the real one does where storage is away or a role is missing, is started again on the same port, as the
 * platform does.
 *
 * Rejects where the app does not load, with its own message, or has what this host cannot run.
 */
export async function startHost(options: HostOptions): Promise<LocalHost> {
  const { appDirectory, settings, onLog = () => {} } = options;
  const keys = options.keys ?? { master: randomUUID(), host: randomUUID() };
  const timing = { ...REAL_TIMING, ...options.timing };
  const onEvent = (event: string, detail: string) => onLog({ level: 'host', message: `${event}: ${detail}` });
  const startRun = (port: number) =>
    startHostRun({
      ...{ appDirectory, settings, port, keys, timing, onLog },
      workerPath: options.workerPath ?? findWorker(),
      drainTimeoutMs: options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS,
    });
  const wait = createWait();
  let tellStopped = () => {};
  const stopped = new Promise<undefined>((resolve) => {
    tellStopped = () => resolve(undefined);
  });
  const first = await startRun(options.port ?? 0);
  const { url, functions } = first;
  const port = Number(new URL(url).port);
  let run: HostRun | undefined = first;
  const watching = watch();

  /** Until the stop. */
  async function watch(): Promise<void> {
    while (run) {
      const reason = await Promise.race([run.ended, stopped]);
      if (reason === undefined) return;
      onEvent('host-ended', reason);
      const ended = run;
      run = undefined;
      await ended.die();
      run = await startAgain();
    }
  }

  /** @returns undefined where the stop comes first */
  async function startAgain(): Promise<HostRun | undefined> {
    for (let failures = 0; ; failures += 1) {
      await wait.forMs(timing.restartMs + toRestartDelayMs(failures + 1));
      if (wait.isStopped) return undefined;
      try {
        const started = await startRun(port);
        onEvent('host-started', 'again, after it had ended');
        return started;
      } catch (error) {
        onEvent('host-not-started', toMessage(error));
      }
    }
  }

  async function end(how: (last: HostRun) => Promise<void>): Promise<void> {
    wait.stop();
    tellStopped();
    await watching;
    if (run) await how(run);
  }
  let ending: Promise<void> | undefined;
  return {
    url,
    keys,
    functions,
    stop: () => (ending ??= end((last) => last.drain())),
    crash: () => (ending ??= end((last) => last.die())),
    crashWorker: () => run?.crashWorker(),
  };
}
