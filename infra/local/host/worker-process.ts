import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createOutbox } from './outbox.ts';
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
  /** All that the app sees of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onLog: (log: WorkerLog) => void;
  /** A started process ended and nobody had asked it to. */
  readonly onExit: (reason: string) => void;
}

/** One worker process, with the app loaded in it. */
export interface Worker {
  readonly functions: readonly FunctionMetadata[];
  /** Where HTTP requests are forwarded to; undefined where the app does not stream them. */
  readonly httpUri: string | undefined;
  /** Rejects where the handler throws, and where the worker ends before it answers. */
  invoke(request: InvocationRequest): Promise<InvocationResponse>;
  /** Lets the app end in good order; after `graceMs` it is killed. */
  stop(graceMs: number): Promise<void>;
  kill(): Promise<void>;
  /** Kills it unasked, as the system does where memory runs out. */
  crash(): void;
}

/** Where the built worker lies: beside this code when that is built too, else in the build's folder. */
export function findWorker(): string {
  const beside = fileURLToPath(new URL('./worker.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../../build/local/worker.js', import.meta.url));
}

/** Starts a worker process. Rejects with the app's own message where its entry cannot be loaded. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { workerPath, appDirectory, environment, onLog, onExit } = options;
  if (!existsSync(workerPath)) throw new Error(`There is no worker at ${workerPath}: run \`npm run build\`.`);
  const child = fork(workerPath, [], {
    cwd: appDirectory,
    env: environment,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  logLines(child, onLog);
  const running = new Map<string, { resolve(r: InvocationResponse): void; reject(error: Error): void }>();
  const exited = toExit(child);
  let isExpectedToEnd = true;
  const { send } = createOutbox<ToWorker>((messages) => {
    if (child.connected) child.send(messages);
  });
  // A message to a process that is just dying; that it died is told by its exit.
  child.on('error', ({ message }) =>
    onLog({ level: 'debug', category: 'system', message: `worker: ${message}` }),
  );

  const { functions, httpUri } = await new Promise<Pick<Worker, 'functions' | 'httpUri'>>(
    (resolve, reject) => {
      const take = (message: FromWorker) => {
        if (message.type === 'started') resolve(message);
        if (message.type === 'start-failed') reject(toError(message));
        if (message.type === 'log') onLog(message.log);
        if (message.type === 'invoked') running.get(message.invocationId)?.resolve(message.response);
        if (message.type === 'invocation-failed') running.get(message.invocationId)?.reject(toError(message));
      };
      child.on('message', (messages: readonly FromWorker[]) => messages.forEach(take));
      void exited.then((reason) => {
        reject(new Error(reason));
        for (const { reject: fail } of running.values()) fail(new Error(reason));
        if (!isExpectedToEnd) onExit(reason);
      });
      send({ type: 'start', appDirectory });
    },
  ).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await exited;
    throw error;
  });
  isExpectedToEnd = false;

  return {
    functions,
    httpUri,
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
      isExpectedToEnd = true;
      send({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited.finally(() => clearTimeout(timer));
    },
    async kill() {
      isExpectedToEnd = true;
      child.kill('SIGKILL');
      await exited;
    },
    crash: () => void child.kill('SIGKILL'),
  };
}

/** How a process ended, once all that it sent has come in. */
function toExit(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const reason = `The worker process ended (${signal ?? `exit code ${code}`})`;
      if (child.connected) child.once('disconnect', () => resolve(reason));
      else resolve(reason);
    });
    child.once('error', ({ message }) => {
      if (child.pid === undefined) resolve(`The worker process could not be started: ${message}`);
    });
  });
}

const toError = ({ message, stack }: { readonly message: string; readonly stack: string }) =>
  Object.assign(new Error(message), { stack });

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
