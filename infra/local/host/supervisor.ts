import type { HostLogEntry } from './log-entry.ts';
import { toRestartDelayMs } from './restart-delay.ts';
import type { FunctionMetadata, InvocationRequest, InvocationResponse } from './rpc.ts';
import { createWait } from './wait.ts';
import { startWorker, type Worker } from './worker-process.ts';

interface Options {
  readonly workerPath: string;
  readonly appDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long one invocation may take; undefined is for ever. */
  readonly timeoutMs: number | undefined;
  readonly onLog: (entry: HostLogEntry) => void;
  readonly onEvent: (event: string, detail: string, functionName?: string) => void;
}

/** Forwards an HTTP request. Resolves when it is answered. */
export type Forward = (httpUri: string, invocationId: string) => Promise<void>;

/** Keeps one worker alive: starts another where it dies, and kills it where an invocation takes too long. */
export interface Supervisor {
  readonly functions: readonly FunctionMetadata[];
  /** Whether the app takes its HTTP requests itself. */
  readonly isStreaming: boolean;
  /**
   * Rejects where the handler throws, the worker dies or the time is over.
   * @param forward starts to forward the HTTP request that it is for, where the worker takes those itself: the answer
   * comes that way then, and the invocation is over when it has come
   */
  invoke(functionName: string, request: InvocationRequest, forward?: Forward): Promise<InvocationResponse>;
  /** Returns once nothing runs. */
  idle(): Promise<void>;
  /** Lets the app end; after `graceMs` it is killed. */
  stop(graceMs: number): Promise<void>;
  kill(): Promise<void>;
  /** The worker dies unasked, where there is one, and another is started. */
  crashWorker(): void;
}

/** Rejects where the first worker does not start. */
export async function createSupervisor(options: Options): Promise<Supervisor> {
  const { onEvent, onLog, timeoutMs } = options;
  const wait = createWait();
  const running = new Set<Promise<unknown>>();
  let exitsInARow = 0;

  const launch = async (): Promise<Worker> => {
    const worker = await startWorker({
      ...options,
      onLog: ({ category: _category, ...entry }) => onLog(entry),
      onExit: (reason) => {
        onEvent('worker-exited', reason);
        replace(Promise.resolve());
      },
    });
    alive = worker;
    return worker;
  };
  let alive: Worker | undefined;
  const first = await launch();
  let current = Promise.resolve(first);

  /** Whoever invokes meanwhile waits for the new worker, or is told why there is none. */
  function replace(ended: Promise<void>): void {
    alive = undefined;
    if (wait.isStopped) return;
    exitsInARow += 1;
    current = ended
      .then(() => wait.forMs(toRestartDelayMs(exitsInARow)))
      .then(() => {
        if (wait.isStopped) throw new Error('The host has stopped');
        return launch();
      });
    current.catch((error: Error) => {
      if (wait.isStopped) return;
      onEvent('worker-not-started', error.message);
      replace(Promise.resolve());
    });
  }

  async function invoke(
    functionName: string,
    request: InvocationRequest,
    forward?: Forward,
  ): Promise<InvocationResponse> {
    const worker = await current;
    const { invocationId } = request;
    const note = (message: string) => onLog({ level: 'debug', message, functionName, invocationId });
    const timer =
      timeoutMs &&
      setTimeout(() => {
        onEvent(
          'invocation-timed-out',
          `${timeoutMs / 1_000} s are over: the worker is killed`,
          functionName,
        );
        // Two that are late together end the same worker.
        if (alive === worker) replace(worker.kill());
      }, timeoutMs);
    note('invocation-started');
    try {
      const forwarded = worker.httpUri === undefined ? undefined : forward?.(worker.httpUri, invocationId);
      const invoked = worker.invoke(request);
      // As the real host does: until the request is answered, it does not look at what the handler came to.
      invoked.catch(() => {});
      await forwarded;
      const response = await invoked;
      exitsInARow = 0;
      note('invocation-succeeded');
      return response;
    } catch (error) {
      note(`invocation-failed: ${error instanceof Error ? error.stack : error}`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The worker at the end; undefined where a new one was to come, and does not any more. */
  async function last(): Promise<Worker | undefined> {
    wait.stop();
    const [outcome] = await Promise.allSettled([current]);
    return outcome.status === 'fulfilled' ? outcome.value : undefined;
  }

  return {
    functions: first.functions,
    isStreaming: first.httpUri !== undefined,
    invoke(functionName, request, forward) {
      const task = invoke(functionName, request, forward);
      const tracked: Promise<unknown> = Promise.allSettled([task]).then(() => running.delete(tracked));
      running.add(tracked);
      return task;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    async stop(graceMs) {
      await (await last())?.stop(graceMs);
    },
    async kill() {
      await (await last())?.kill();
    },
    crashWorker: () => alive?.crash(),
  };
}
