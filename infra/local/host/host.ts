import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createAdmin } from './admin.ts';
import { type LoadedFunction, toLoadedFunctions } from './functions.ts';
import { readHostJson } from './host-json.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import type { Keys } from './keys.ts';
import { type Listener, startQueueListener } from './queue-listener.ts';
import type { InvocationResponse, TypedData } from './rpc.ts';
import { type Settings, toConnectionString } from './settings.ts';
import { createSupervisor } from './supervisor.ts';
import { startTimerListener } from './timer-listener.ts';
import { createTimerStore } from './timer-status.ts';
import { toTypedMetadata } from './trigger-metadata.ts';

/** A line of the app's log, or something that happened to the host. */
export interface HostLogEntry {
  /** `trace`, `debug`, `information`, `warning`, `error`, `critical`; events of the host are `host`. */
  readonly level: string;
  readonly message: string;
  readonly functionName?: string | undefined;
  readonly invocationId?: string | undefined;
}

export interface HostOptions {
  /** A built app: host.json, package.json with `main`, and what that names. */
  readonly appDirectory: string;
  /** App settings: the environment of the app, and what `%NAME%` and connections mean. */
  readonly settings: Settings;
  /** 0 is any free port. */
  readonly port?: number;
  readonly keys?: Keys;
  readonly onLog?: (entry: HostLogEntry) => void;
}

export interface LocalHost {
  readonly url: string;
  readonly keys: Keys;
  readonly functions: readonly LoadedFunction[];
  /** Drains: takes no more, lets what runs end and be settled, ends the app. */
  stop(): Promise<void>;
  /** As if the machine died: the worker is killed and no message is settled. */
  crash(): Promise<void>;
}

/** How long a stop waits for the app itself. */
const WORKER_GRACE_MS = 5_000;

/**
 * Runs a built Functions app on this machine, unchanged: its HTTP functions, queue triggers and timers.
 * @throws where the app does not load, with its own message, or has what this host cannot run
 */
export async function startHost(options: HostOptions): Promise<LocalHost> {
  const { appDirectory, settings, onLog = () => {} } = options;
  const keys = options.keys ?? { master: randomUUID(), host: randomUUID() };
  const hostJson = await readHostJson(appDirectory);
  const onEvent = (event: string, detail: string, functionName?: string) =>
    onLog({ level: 'host', message: `${event}: ${detail}`, functionName });
  const supervisor = await createSupervisor({
    workerPath: findWorker(),
    appDirectory,
    environment: toEnvironment(settings),
    timeoutMs: hostJson.functionTimeoutMs,
    onLog,
    onEvent,
  });

  const listeners: Listener[] = [];
  let server: HttpServer | undefined;
  try {
    const functions = toLoadedFunctions(supervisor.functions, hostJson.routePrefix, settings);
    const byName = new Map(functions.map((fn) => [fn.name, fn]));

    const invoke = (
      name: string,
      input: TypedData,
      metadata: Readonly<Record<string, unknown>>,
      traceParent?: string,
    ): Promise<InvocationResponse> => {
      const fn = byName.get(name);
      if (!fn) throw new Error(`There is no function "${name}"`);
      return supervisor.invoke(name, {
        invocationId: randomUUID(),
        functionId: fn.functionId,
        inputData: [{ name: fn.triggerName, data: input }],
        triggerMetadata: toTypedMetadata(metadata),
        traceContext: { traceParent: traceParent ?? newTraceParent(), traceState: '', attributes: {} },
      });
    };

    const listening = await startHttpServer({
      port: options.port ?? 0,
      functions: functions.flatMap((fn) => (fn.kind === 'http' ? [fn] : [])),
      keys,
      invoke: (fn, input, metadata, traceParent) => invoke(fn.name, input, metadata, traceParent),
      admin: createAdmin({ functions, invoke, onEvent }),
      onEvent,
    });
    server = listening;
    const hostId = settings.AzureFunctionsWebHost__hostid ?? toHostId(appDirectory);
    for (const fn of functions) {
      if (fn.kind === 'queue') {
        const { queues } = hostJson;
        listeners.push(startQueueListener(fn, { settings: queues, invoke, onEvent, random: Math.random }));
      } else if (fn.kind === 'timer') {
        const store = createTimerStore(toConnectionString(undefined, settings), hostId, fn.name);
        listeners.push(startTimerListener(fn, { invoke, store, now: () => new Date(), onEvent }));
      }
    }
    return {
      url: listening.url,
      keys,
      functions,
      async stop() {
        await Promise.all([listening.stop(), ...listeners.map((listener) => listener.stop())]);
        await supervisor.stop(WORKER_GRACE_MS);
      },
      async crash() {
        for (const listener of listeners) listener.abandon();
        await supervisor.kill();
        await listening.stop();
      },
    };
  } catch (error) {
    await Promise.all([server?.stop(), ...listeners.map((listener) => listener.stop())]);
    await supervisor.kill();
    throw error;
  }
}

/** Beside this file when it is built; in the build's folder when it runs from source. */
function findWorker(): string {
  const beside = fileURLToPath(new URL('./worker.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../../build/local/worker.js', import.meta.url));
}

/** The app sees its settings, and of this process only what a program needs to run. */
function toEnvironment(settings: Settings): Readonly<Record<string, string>> {
  const { PATH = '', HOME = '', TMPDIR, TZ } = process.env;
  return { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...(TZ && { TZ }), ...settings };
}

/** The same for each host of one app on this machine, so that they share timers. */
const toHostId = (appDirectory: string) =>
  `local-${createHash('sha256').update(appDirectory).digest('hex').slice(0, 16)}`;

const newTraceParent = () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
