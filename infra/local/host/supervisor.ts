import type { HostLogEntry } from './host.ts';
import type { FunctionMetadata, InvocationRequest, InvocationResponse } from './rpc.ts';
import { startWorker, type Worker } from './worker-process.ts';

interface Options {
  readonly workerPath: string;
  readonly appDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long one invocation may take. */
  readonly timeoutMs: number;
  readonly onLog: (entry: HostLogEntry) => void;
  readonly onEvent: (event: string, detail: string, functionName?: string) => void;
}

/** Keeps one worker alive: starts another where it dies, and kills it where an invocation takes too long. */
export interface Supervisor {
  readonly functions: readonly FunctionMetadata[];
  invoke(functionName: string, request: InvocationRequest): Promise<InvocationResponse>;
  stop(graceMs: number): Promise<void>;
  kill(): Promise<void>;
}

/** A worker that dies at each start is not started for ever. */
const MAX_RESTARTS_IN_A_ROW = 5;

export async function createSupervisor(options: Options): Promise<Supervisor> {
  const { onEvent, onLog, timeoutMs } = options;
  let isEnding = false;
  let restartsInARow = 0;

  const start = (): Promise<Worker> =>
    startWorker({
      ...options,
      onLog: ({ category: _category, ...entry }) => onLog(entry),
      onExit: (reason) => {
        onEvent('worker-exited', reason);
        restart();
      },
    });
  /** Whoever invokes next waits for the new worker, or is told why there is none. */
  const restart = () => {
    restartsInARow += 1;
    if (isEnding || restartsInARow > MAX_RESTARTS_IN_A_ROW) return;
    worker = start();
    worker.catch((error: Error) => onEvent('worker-not-started', error.message));
  };
  const first = await start();
  let worker = Promise.resolve(first);

  return {
    functions: first.functions,
    async invoke(functionName, request) {
      const current = await worker;
      const timer = setTimeout(() => {
        onEvent(
          'invocation-timed-out',
          `${timeoutMs / 1_000} s are over: the worker is killed`,
          functionName,
        );
        void current.kill().then(restart);
      }, timeoutMs);
      try {
        const response = await current.invoke(request);
        restartsInARow = 0;
        return response;
      } finally {
        clearTimeout(timer);
      }
    },
    async stop(graceMs) {
      isEnding = true;
      await (await worker).stop(graceMs);
    },
    async kill() {
      isEnding = true;
      await (await worker).kill();
    },
  };
}
