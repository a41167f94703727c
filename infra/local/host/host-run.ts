import { randomBytes, randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { createAdmin } from './admin.ts';
import { toEnvironment, toHostId } from './environment.ts';
import { type FunctionSummary, type TimerFunction, toLoadedFunctions, toSummary } from './functions.ts';
import { readHostJson } from './host-json.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import type { Keys } from './keys.ts';
import type { Invoke, Listener } from './listener.ts';
import { openLockBlob } from './lock-blob.ts';
import type { HostLogEntry } from './log-entry.ts';
import { type QueueListener, startQueueListener } from './queue-listener.ts';
import type { InvocationResponse, TypedData } from './rpc.ts';
import { type Settings, toConnectionString, toMaxBodyBytes } from './settings.ts';
import { toMessage } from './storage-failure.ts';
import { createSupervisor, type Forward } from './supervisor.ts';
import { startTimerListener } from './timer-listener.ts';
import { createTimerLock } from './timer-lock.ts';
import { createTimerStore } from './timer-status.ts';
import { type HostTiming, toRetryOptions } from './timing.ts';
import { toTraceContext } from './trace.ts';
import { toTypedMetadata } from './trigger-metadata.ts';
import { isInTime } from './wait.ts';

export interface RunOptions {
  readonly appDirectory: string;
  readonly settings: Settings;
  readonly port: number;
  readonly keys: Keys;
  readonly workerPath: string;
  readonly drainTimeoutMs: number;
  readonly timing: HostTiming;
  readonly onLog: (entry: HostLogEntry) => void;
}

/** One run of a host, from its start to its end. */
export interface HostRun {
  readonly url: string;
  readonly functions: readonly FunctionSummary[];
  /** Resolves with the reason for which it cannot go on; whoever started it ends it then. */
  readonly ended: Promise<string>;
  /** Takes no more, lets what runs end and be settled, ends the app. */
  drain(): Promise<void>;
  /** The worker is killed, and no message is settled. */
  die(): Promise<void>;
  crashWorker(): void;
}

/** As long as the real host gives its worker to end. */
const WORKER_GRACE_MS = 5_000;
/** What was killed is settled at once, where storage answers. */
const SETTLE_MS = 2_000;

/** Starts worker, HTTP server and listeners. Rejects where the app does not load, or has what this host cannot run. */
export async function startHostRun(options: RunOptions): Promise<HostRun> {
  const { appDirectory, settings, keys, drainTimeoutMs, timing, onLog } = options;
  const hostJson = await readHostJson(appDirectory);
  const onEvent = (event: string, detail: string, functionName?: string) =>
    onLog({ level: 'host', message: `${event}: ${detail}`, functionName });
  const supervisor = await createSupervisor({
    workerPath: options.workerPath,
    appDirectory,
    environment: toEnvironment(settings),
    timeoutMs: hostJson.functionTimeoutMs,
    onLog,
    onEvent,
  });

  let server: HttpServer | undefined;
  const listeners: Listener[] = [];
  const byQueue = new Map<string, QueueListener[]>();
  const life = new AbortController();
  let onFatal: (reason: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    onFatal = resolve;
  });

  async function drain(): Promise<void> {
    const drained = Promise.all([server?.stop(), ...listeners.map((listener) => listener.stop())]).then(() =>
      supervisor.idle(),
    );
    if (!(await isInTime(drained, drainTimeoutMs))) {
      onEvent('drain-timed-out', `${drainTimeoutMs / 1_000} s are over: what runs is killed`);
      await supervisor.kill();
      await server?.cut();
      // Where storage is away, what is not settled now waits for its time to be over.
      if (!(await isInTime(drained, SETTLE_MS))) await abandon();
    }
    await supervisor.stop(WORKER_GRACE_MS);
  }

  async function abandon(): Promise<void> {
    life.abort();
    await Promise.all(listeners.map((listener) => listener.abandon()));
  }

  async function die(): Promise<void> {
    // The listeners are told first: what fails because its worker is gone is not settled then.
    const abandoned = abandon();
    await Promise.all([server?.cut(), supervisor.kill(), abandoned]);
  }

  const now = () => new Date();
  const container = () =>
    BlobServiceClient.fromConnectionString(toConnectionString(undefined, settings), {
      retryOptions: toRetryOptions(timing),
    }).getContainerClient('azure-webjobs-hosts');

  function startTimer(fn: TimerFunction, invoke: Invoke): Listener {
    const place = [container(), toHostId(appDirectory, settings), fn.name, life.signal] as const;
    const lock = createTimerLock({
      blob: openLockBlob(...place),
      lockSeconds: timing.timerLockSeconds,
      now,
      onNotRenewed: (error) => onEvent('timer-lock-not-renewed', toMessage(error), fn.name),
      onLost: (reason) => onFatal(`The lock of the timer ${fn.name} is lost: ${reason}`),
    });
    const store = createTimerStore(...place);
    const lockPollMs = timing.timerLockPollMs;
    return startTimerListener(fn, { invoke, store, lock, now, onEvent, onFatal, lockPollMs });
  }

  try {
    const functions = toLoadedFunctions(supervisor.functions, hostJson.routePrefix, settings);
    const byName = new Map(functions.map((fn) => [fn.name, fn]));

    const invoke = async (
      name: string,
      input: TypedData,
      metadata: Readonly<Record<string, unknown>>,
      trace: Parameters<typeof toTraceContext>[0] = {},
      forward?: Forward,
    ): Promise<InvocationResponse> => {
      const fn = byName.get(name);
      if (!fn) throw new Error(`There is no function "${name}"`);
      const request = {
        invocationId: randomUUID(),
        functionId: fn.functionId,
        inputData: [{ name: fn.triggerName, data: input }],
        triggerMetadata: toTypedMetadata(metadata),
        traceContext: toTraceContext(trace, (bytes) => randomBytes(bytes).toString('hex')),
      };
      return supervisor.invoke(name, request, forward);
    };

    server = await startHttpServer({
      port: options.port,
      functions: functions.flatMap((fn) => (fn.kind === 'http' ? [fn] : [])),
      keys,
      maxBodyBytes: toMaxBodyBytes(settings),
      forwardIdleMs: timing.forwardIdleMs,
      isStreaming: supervisor.isStreaming,
      invoke: (fn, { input, metadata, ...trace }, forward) =>
        invoke(fn.name, input, metadata, trace, forward),
      admin: createAdmin({ functions, invoke, now, newId: randomUUID, onEvent }),
      onEvent,
    });
    const onPoisoned = (queueName: string) => {
      for (const { wake } of byQueue.get(queueName) ?? []) wake();
    };
    for (const fn of functions) {
      if (fn.kind === 'queue') {
        const { queues } = hostJson;
        const told = { invoke, onEvent, onPoisoned, onFatal, random: Math.random };
        const listener = startQueueListener(fn, { settings: queues, timing, ...told });
        byQueue.set(fn.queueName, [...(byQueue.get(fn.queueName) ?? []), listener]);
        listeners.push(listener);
      } else if (fn.kind === 'timer') listeners.push(startTimer(fn, invoke));
    }
    const { crashWorker } = supervisor;
    return { url: server.url, functions: functions.map(toSummary), ended, drain, die, crashWorker };
  } catch (error) {
    await drain();
    throw error;
  }
}
