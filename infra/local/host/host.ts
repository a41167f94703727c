import { randomBytes, randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { createAdmin } from './admin.ts';
import { toEnvironment, toHostId } from './environment.ts';
import { type FunctionSummary, toLoadedFunctions, toSummary } from './functions.ts';
import { readHostJson } from './host-json.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import type { Keys } from './keys.ts';
import type { Listener } from './listener.ts';
import type { HostLogEntry } from './log-entry.ts';
import { VISIBILITY_SECONDS } from './message-lease.ts';
import { startQueueListener } from './queue-listener.ts';
import type { InvocationResponse, TypedData } from './rpc.ts';
import { type Settings, toConnectionString } from './settings.ts';
import { createSupervisor } from './supervisor.ts';
import { startTimerListener } from './timer-listener.ts';
import { createTimerLock } from './timer-lock.ts';
import { createTimerStore } from './timer-status.ts';
import { toTraceContext } from './trace.ts';
import { toTypedMetadata } from './trigger-metadata.ts';
import { isInTime } from './wait.ts';
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
  /** For how long a message is taken; by default as long as the real host takes it. */
  readonly messageLeaseSeconds?: number;
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

/** As long as the real host gives its functions, and then its worker. */
const DRAIN_TIMEOUT_MS = 10_000;
const WORKER_GRACE_MS = 5_000;
/** What was killed is settled at once, where storage answers. */
const SETTLE_MS = 2_000;

/**
 * Runs a built Functions app on this machine, unchanged: its HTTP functions, queue triggers and timers.
 * Rejects where the app does not load, with its own message, or has what this host cannot run.
 */
export async function startHost(options: HostOptions): Promise<LocalHost> {
  const { appDirectory, settings, drainTimeoutMs = DRAIN_TIMEOUT_MS, onLog = () => {} } = options;
  const keys = options.keys ?? { master: randomUUID(), host: randomUUID() };
  const hostJson = await readHostJson(appDirectory);
  const onEvent = (event: string, detail: string, functionName?: string) =>
    onLog({ level: 'host', message: `${event}: ${detail}`, functionName });
  const supervisor = await createSupervisor({
    workerPath: options.workerPath ?? findWorker(),
    appDirectory,
    environment: toEnvironment(settings),
    timeoutMs: hostJson.functionTimeoutMs,
    onLog,
    onEvent,
  });

  let server: HttpServer | undefined;
  const listeners: Listener[] = [];

  async function drain(): Promise<void> {
    const drained = Promise.all([server?.stop(), ...listeners.map((listener) => listener.stop())]).then(() =>
      supervisor.idle(),
    );
    if (!(await isInTime(drained, drainTimeoutMs))) {
      onEvent('drain-timed-out', `${drainTimeoutMs / 1_000} s are over: what runs is killed`);
      await supervisor.kill();
      await server?.cut();
      await isInTime(drained, SETTLE_MS);
    }
    await supervisor.stop(WORKER_GRACE_MS);
  }

  async function die(): Promise<void> {
    // The listeners are told first: what fails because its worker is gone is not settled then.
    const abandoned = listeners.map((listener) => listener.abandon());
    await Promise.all([server?.cut(), supervisor.kill(), ...abandoned]);
  }

  try {
    const functions = toLoadedFunctions(supervisor.functions, hostJson.routePrefix, settings);
    const byName = new Map(functions.map((fn) => [fn.name, fn]));

    const invoke = async (
      name: string,
      input: TypedData,
      metadata: Readonly<Record<string, unknown>>,
      trace: Parameters<typeof toTraceContext>[0] = {},
    ): Promise<InvocationResponse> => {
      const fn = byName.get(name);
      if (!fn) throw new Error(`There is no function "${name}"`);
      return supervisor.invoke(name, {
        invocationId: randomUUID(),
        functionId: fn.functionId,
        inputData: [{ name: fn.triggerName, data: input }],
        triggerMetadata: toTypedMetadata(metadata),
        traceContext: toTraceContext(trace, (bytes) => randomBytes(bytes).toString('hex')),
      });
    };

    const now = () => new Date();
    server = await startHttpServer({
      port: options.port ?? 0,
      functions: functions.flatMap((fn) => (fn.kind === 'http' ? [fn] : [])),
      keys,
      invoke: (fn, { input, metadata, ...trace }) => invoke(fn.name, input, metadata, trace),
      admin: createAdmin({ functions, invoke, now, newId: randomUUID, onEvent }),
      onEvent,
    });
    for (const fn of functions) {
      if (fn.kind === 'queue') {
        const { queues } = hostJson;
        const lease = { leaseSeconds: options.messageLeaseSeconds ?? VISIBILITY_SECONDS };
        listeners.push(
          startQueueListener(fn, { settings: queues, ...lease, invoke, onEvent, random: Math.random }),
        );
      } else if (fn.kind === 'timer') {
        const container = toHostContainer(settings);
        const hostId = toHostId(appDirectory, settings);
        const store = createTimerStore(container, hostId, fn.name);
        const lock = createTimerLock(container, hostId, fn.name, (error) =>
          onEvent('timer-lock-not-renewed', error instanceof Error ? error.message : String(error), fn.name),
        );
        listeners.push(startTimerListener(fn, { invoke, store, lock, now, onEvent }));
      }
    }
    let ending: Promise<void> | undefined;
    return {
      url: server.url,
      keys,
      functions: functions.map(toSummary),
      stop: () => (ending ??= drain()),
      crash: () => (ending ??= die()),
      crashWorker: supervisor.crashWorker,
    };
  } catch (error) {
    await drain();
    throw error;
  }
}

const toHostContainer = (settings: Settings) =>
  BlobServiceClient.fromConnectionString(toConnectionString(undefined, settings), {
    retryOptions: { maxTries: 2, retryDelayInMs: 100 },
  }).getContainerClient('azure-webjobs-hosts');
