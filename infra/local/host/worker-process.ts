import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type {
  FromWorker,
  FunctionMetadata,
  InvocationRequest,
  InvocationResponse,
  ToWorker,
  WorkerLog,
} from './rpc.ts';

export interface WorkerOptions {
  readonly workerPath: string;
  readonly appDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onLog: (log: WorkerLog) => void;
  /** The process ended and nobody had asked it to. */
  readonly onExit: (reason: string) => void;
}

/** One worker process, with the app loaded in it. */
export interface Worker {
  readonly functions: readonly FunctionMetadata[];
  /** Rejects where the handler throws, and where the worker ends before it answers. */
  invoke(request: InvocationRequest): Promise<InvocationResponse>;
  /** Lets the app end in good order; after `graceMs` it is killed. */
  stop(graceMs: number): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a worker process. Rejects with the app's own message where its entry cannot be loaded. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { workerPath, appDirectory, environment, onLog, onExit } = options;
  const child = fork(workerPath, [], {
    cwd: appDirectory,
    env: environment,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  logLines(child, onLog);
  const running = new Map<string, { resolve(r: InvocationResponse): void; reject(error: Error): void }>();
  const exited = once(child, 'exit');
  let isEnding = false;
  const send = (message: ToWorker) => {
    if (child.connected) child.send(message);
  };
  const end = async () => {
    isEnding = true;
    await exited;
  };

  const functions = await new Promise<readonly FunctionMetadata[]>((resolve, reject) => {
    child.on('message', (message: FromWorker) => {
      if (message.type === 'started') resolve(message.functions);
      if (message.type === 'start-failed') reject(new Error(message.message));
      if (message.type === 'log') onLog(message.log);
      if (message.type === 'invoked') running.get(message.invocationId)?.resolve(message.response);
      if (message.type === 'invocation-failed') {
        running.get(message.invocationId)?.reject(new Error(message.message));
      }
    });
    child.once('exit', (code, signal) => {
      const reason = `The worker process ended (${signal ?? `exit code ${code}`})`;
      reject(new Error(reason));
      for (const { reject: fail } of running.values()) fail(new Error(reason));
      if (!isEnding) onExit(reason);
    });
    send({ type: 'start', appDirectory });
  }).catch(async (error: unknown) => {
    isEnding = true;
    child.kill('SIGKILL');
    await exited;
    throw error;
  });

  return {
    functions,
    invoke(request) {
      const { invocationId } = request;
      const answer = new Promise<InvocationResponse>((resolve, reject) => {
        running.set(invocationId, { resolve, reject });
        if (child.connected) send({ type: 'invoke', request });
        else reject(new Error('The worker process has ended'));
      });
      return answer.finally(() => running.delete(invocationId));
    },
    async stop(graceMs) {
      const ended = end();
      send({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended.finally(() => clearTimeout(timer));
    },
    async kill() {
      const ended = end();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function logLines(child: ChildProcess, onLog: (log: WorkerLog) => void): void {
  const streams = [
    ['information', child.stdout],
    ['error', child.stderr],
  ] as const;
  for (const [level, stream] of streams) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (message) =>
      onLog({ level, category: 'console', message }),
    );
  }
}
