import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Azurite's published development account: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const START_DEADLINE_MS = 30_000;
/** Kept of what Azurite printed, for the error that says why it did not start. */
const OUTPUT_LENGTH = 4_000;
const LISTENING = /Azurite (Blob|Queue|Table) service is successfully listening at (http:\/\/\S+)\s/g;

export interface AzuriteOptions {
  /** The folder that keeps the data; without it, a temporary one that `stop` removes. */
  readonly location?: string;
  /** 0 is any free port. */
  readonly ports?: { readonly blob: number; readonly queue: number; readonly table: number };
  /** The names of its accounts, in place of Azurite's own one. Each has the key of that one. */
  readonly accounts?: readonly string[];
}

export interface Azurite {
  /** Of its first account. */
  readonly connectionString: string;
  readonly urls: { readonly blob: string; readonly queue: string; readonly table: string };
  /** Ends it by its own message, so that it saves what it holds: on Windows a signal kills. */
  stop(): Promise<void>;
  /** From now on this process may end before it is stopped: it ends then, too. */
  unref(): void;
}

/** Of one account of a running Azurite. */
export function toConnectionString(urls: Azurite['urls'], account = ACCOUNT): string {
  const endpoint = (name: string, url: string) => `${name}Endpoint=${url}/${account};`;
  return (
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${ACCOUNT_KEY};` +
    endpoint('Blob', urls.blob) +
    endpoint('Queue', urls.queue) +
    endpoint('Table', urls.table)
  );
}

/** Starts Azurite (blobs, queues, tables) in a process of its own, always with a folder: in memory it stalls. */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const { blob, queue, table } = options.ports ?? { blob: 0, queue: 0, table: 0 };
  const location = options.location ?? (await mkdtemp(join(tmpdir(), 'seatline-azurite-')));
  const entry = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  const flags = ['--silent', '--skipApiVersionCheck', '--disableTelemetry', '--location', location];
  const ports = ['--blobPort', `${blob}`, '--queuePort', `${queue}`, '--tablePort', `${table}`];
  const accounts = options.accounts?.map((name) => `${name}:${ACCOUNT_KEY}`).join(';');
  const child = spawn(process.execPath, [entry, ...flags, ...ports], {
    env: { ...process.env, ...(accounts && { AZURITE_ACCOUNTS: accounts }) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C in a terminal reaches the whole group; this process decides when Azurite stops.
    detached: true,
    windowsHide: true,
  });
  const stopWithParent = () => {
    child.kill(options.location === undefined ? 'SIGKILL' : 'SIGTERM');
    if (options.location === undefined) rmSync(location, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', stopWithParent);
  const stop = async () => {
    process.off('exit', stopWithParent);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      if (child.connected) child.send('shutdown', () => {});
      else child.kill('SIGTERM');
      await ended;
    }
    if (options.location === undefined) await rm(location, { recursive: true, force: true });
  };

  let output = '';
  const urls = await new Promise<Azurite['urls']>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Azurite did not start in time: ${output}`)),
      START_DEADLINE_MS,
    );
    const listen = (chunk: Buffer) => {
      // The pipe is read to its end: Azurite dies when nobody reads what it prints.
      output = `${output}${chunk}`.slice(-OUTPUT_LENGTH);
      const found = toUrls(output);
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Azurite ended with exit code ${code}: ${output.trim()}`));
    });
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });

  const unref = () => {
    child.unref();
    child.channel?.unref();
    for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
  };
  return { connectionString: toConnectionString(urls, options.accounts?.[0]), urls, stop, unref };
}

/** The URLs of the services, once the last one has said that it listens. */
function toUrls(printed: string): Azurite['urls'] | undefined {
  const found = new Map([...printed.matchAll(LISTENING)].map(([, service, url]) => [service, url]));
  const [blob, queue, table] = ['Blob', 'Queue', 'Table'].map((service) => found.get(service));
  return blob && queue && table ? { blob, queue, table } : undefined;
}
