/**
 * The language worker of the local host: a process of its own, which loads the built app as Azure's worker
 * does, and runs its functions when the host says so.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { installCore } from './core-module.ts';
import { createInvoker } from './invocation.ts';
import { createOutbox } from './outbox.ts';
import type { FromWorker, FunctionMetadata, ToWorker, WorkerLog } from './rpc.ts';

const { send, flush } = createOutbox<FromWorker>((messages) => {
  if (process.connected) process.send?.(messages);
});
const onLog = (log: WorkerLog) => send({ type: 'log', log });
const core = installCore(onLog);
const { invoke, runAppHooks } = createInvoker(core, onLog);

const packageSchema = z.object({ main: z.string(), type: z.string().optional() });

const capabilitiesSchema = z.looseObject({ HttpUri: z.string().optional() }).default({});

interface Started {
  readonly functions: readonly FunctionMetadata[];
  readonly httpUri: string | undefined;
}

/** Loads the app's entry, as `main` of its package.json names it. */
async function start(appDirectory: string): Promise<Started> {
  const text = await readFile(join(appDirectory, 'package.json'), 'utf8');
  const { main, type } = packageSchema.parse(JSON.parse(text));
  const entry = join(appDirectory, main);
  if (!existsSync(entry)) {
    throw new Error(
      `No file matches "main" of package.json, "${main}". The local host takes one file, no pattern.`,
    );
  }
  const isModule = entry.endsWith('.mjs') || (!entry.endsWith('.cjs') && type === 'module');
  if (isModule) await import(pathToFileURL(entry).href);
  else createRequire(entry)(entry);
  await runAppHooks('appStart', { functionAppDirectory: appDirectory });
  // The library locks its own set-up when it is asked for its capabilities.
  const capabilities = capabilitiesSchema.parse(await core.model()?.getCapabilities?.({}));
  core.lock();
  const registered = [...core.functions.values()].map(({ metadata }) => ({
    name: metadata.name,
    functionId: metadata.functionId,
    bindings: Object.entries(metadata.bindings).map(([key, value]) => ({ ...value, name: key })),
    hasRetryPolicy: metadata.retryOptions !== undefined,
  }));
  // Functions register with options that hold callbacks: as JSON, what crosses is what Azure would see.
  const functions: FunctionMetadata[] = JSON.parse(JSON.stringify(registered));
  return { functions, httpUri: capabilities.HttpUri };
}

const toFailure = (error: unknown) =>
  error instanceof Error
    ? { message: error.message, stack: error.stack ?? error.message }
    : { message: String(error), stack: String(error) };

async function obey(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'start':
      try {
        return void send({ type: 'started', ...(await start(message.appDirectory)) });
      } catch (error) {
        return void send({ type: 'start-failed', ...toFailure(error) });
      }
    case 'invoke': {
      const { invocationId } = message.request;
      try {
        return void send({ type: 'invoked', invocationId, response: await invoke(message.request) });
      } catch (error) {
        return void send({ type: 'invocation-failed', invocationId, ...toFailure(error) });
      }
    }
    case 'stop':
      try {
        await runAppHooks('appTerminate', {});
      } catch (error) {
        onLog({ level: 'error', category: 'system', message: `appTerminate: ${toFailure(error).stack}` });
      }
      flush();
      process.disconnect();
  }
}

// The reason for which a start ends this way is told; later it stands in what the process prints.
process.on('uncaughtExceptionMonitor', (error) => send({ type: 'start-failed', ...toFailure(error) }));
process.on('exit', flush);
process.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) void obey(message);
});
// Without its host, a worker has nothing to do; timers and sockets of the app must not keep it.
process.once('disconnect', () => process.exit());
// Ctrl-C in a terminal reaches the whole group: the host decides when its worker ends.
process.on('SIGINT', () => {});
