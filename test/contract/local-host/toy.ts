import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import {
  type HostLogEntry,
  type HostOptions,
  type LocalHost,
  startHost,
} from '../../../infra/local/host/host.ts';

/** What a toy app is made of: its code, and its host.json beside the version. */
export interface Toy {
  readonly code: string;
  readonly hostJson?: object;
}

/** Keys of every toy's host. */
export const KEYS = { master: 'the-master-key', host: 'the-host-key' };

/** Builds toy apps and starts hosts on them; `clear` ends the hosts, `stop` deletes what was built, too. */
export function createToys(connectionString: () => string) {
  const hosts = new Set<LocalHost>();
  const folders: string[] = [];

  /** A built app as it is deployed: a bundled ES module, package.json and host.json. */
  async function buildToy({ code, hostJson = {} }: Toy): Promise<string> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'seatline-toy-')));
    folders.push(folder);
    await writeFile(join(folder, 'main.ts'), `import { app } from '@azure/functions';\n${code}`);
    await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
    await build({
      entryPoints: [join(folder, 'main.ts')],
      outfile: join(folder, 'dist/main.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@azure/functions-core'],
      banner: {
        js: "import { createRequire as toyRequire } from 'node:module'; const require = toyRequire(import.meta.url);",
      },
      logLevel: 'error',
    });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'dist/main.mjs' }));
    await writeFile(join(folder, 'host.json'), JSON.stringify({ version: '2.0', ...hostJson }));
    return folder;
  }

  /** A host, and what it logged: the app's JSON lines by their one name, the host's events by theirs. */
  async function start(appDirectory: string, more: Partial<HostOptions> = {}) {
    const records: HostLogEntry[] = [];
    const { settings, ...options } = more;
    const host = await startHost({
      appDirectory,
      keys: KEYS,
      settings: { AzureWebJobsStorage: connectionString(), ...settings },
      onLog: (record) => records.push(record),
      ...options,
    });
    hosts.add(host);
    return {
      host,
      records,
      said: <T>(name: string): T[] =>
        records.flatMap(({ message }) =>
          message.startsWith(`{"${name}"`) ? [JSON.parse(message)[name]] : [],
        ),
      events: (name: string) => records.filter(({ message }) => message.startsWith(`${name}:`)),
      call: (path: string, init: RequestInit = {}) => fetch(`${host.url}${path}`, init),
      runByHand: (name: string, body = '{}') =>
        fetch(`${host.url}/admin/functions/${name}`, {
          method: 'POST',
          headers: { 'x-functions-key': KEYS.master },
          body,
        }),
    };
  }

  async function clear(): Promise<void> {
    const left = [...hosts];
    hosts.clear();
    await Promise.all(left.map((host) => host.stop()));
  }

  return {
    buildToy,
    start,
    clear,
    async stop() {
      await clear();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}
