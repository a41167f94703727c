import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { startAzurite } from '../../infra/local/azurite.ts';
import { startHost } from '../../infra/local/host/host.ts';
import { provision } from '../../infra/local/provision.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { alternate, toMedianRatio } from './alternate.ts';
import { type Measurement, type Say, toMedian } from './measurement.ts';
import { toAppSettings } from './settings.ts';

const IMPORT_ROUNDS = 9;
const MAX_OF_LIBRARY = 2.5;
const MAX_OF_UNBUNDLED = 0.12;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UNBUNDLED = join(ROOT, 'build/unbundled');
const reportSchema = z.object({ functions: z.number(), cpuMs: z.number() });

/** What it costs to load the app: nothing of the SDKs before they are needed. */
export const coldStart: Measurement = {
  names: ['cold-start', 'cold-start-unbundled'],
  async run(say) {
    const settings = toAppSettings('UseDevelopmentStorage=true', 'http://127.0.0.1:1/v1');
    const load = (record: string | undefined, functions: number) => async () => {
      const startedAt = performance.now();
      const { cpuMs, ...loaded } = await importApp(record, settings);
      const ms = performance.now() - startedAt;
      if (loaded.functions !== functions)
        throw new Error(`${record} registered ${loaded.functions} functions`);
      return { ms, cpuMs };
    };
    const library = fileURLToPath(import.meta.resolve('@azure/functions'));
    const count = (await importApp(join(ROOT, 'dist/main.js'), settings)).functions;
    const found = await alternate(
      {
        node: load(undefined, 0),
        library: load(library, 0),
        seatline: load(join(ROOT, 'dist/main.js'), count),
        unbundled: load(join(UNBUNDLED, 'main.js'), count),
      },
      IMPORT_ROUNDS,
    );
    const over = (side: keyof typeof found, what: 'ms' | 'cpuMs') =>
      found[side].map((one, round) => one[what] - (found.node[round]?.[what] ?? Number.NaN));
    const seatline = over('seatline', 'ms');
    const toDetail = (side: 'library' | 'unbundled') => ({
      'bare node, ms': Math.round(toMedian(found.node.map(({ ms }) => ms))),
      'Seatline over it, ms': Math.round(toMedian(seatline)),
      [`${side === 'library' ? '@azure/functions alone' : 'unbundled'} over it, ms`]: Math.round(
        toMedian(over(side, 'ms')),
      ),
      'ratio of CPU time': toMedianRatio(over('seatline', 'cpuMs'), over(side, 'cpuMs')).toFixed(3),
    });
    return [
      {
        name: 'cold-start',
        ratio: toMedianRatio(seatline, over('library', 'ms')),
        better: 'lower',
        goal: MAX_OF_LIBRARY,
        detail: { ...toDetail('library'), functions: count },
      },
      {
        name: 'cold-start-unbundled',
        ratio: toMedianRatio(seatline, over('unbundled', 'ms')),
        better: 'lower',
        goal: MAX_OF_UNBUNDLED,
        detail: { ...toDetail('unbundled'), ...(await measureFirstAnswer(say)) },
      },
    ];
  },
};

const run = promisify(execFile);
const PROBE = fileURLToPath(new URL('./import-app.js', import.meta.url));

async function importApp(record: string | undefined, settings: Readonly<Record<string, string>>) {
  const { PATH = '', HOME = '' } = process.env;
  const parameters = [PROBE, ...(record === undefined ? [] : [record])];
  const { stdout } = await run(process.execPath, parameters, { env: { PATH, HOME, ...settings } });
  return reportSchema.parse(JSON.parse(stdout));
}

/** From the start of the local host to the first 202: what lies in both is storage, and the host itself. */
async function measureFirstAnswer(say: Say) {
  const bundled = join(ROOT, 'build/bundled');
  await rm(bundled, { recursive: true, force: true });
  await mkdir(bundled, { recursive: true });
  await cp(join(ROOT, 'dist'), bundled, { recursive: true });
  for (const folder of [bundled, UNBUNDLED]) {
    await cp(join(ROOT, 'host.json'), join(folder, 'host.json'));
    await writeFile(join(folder, 'package.json'), '{"type":"module","main":"main.js"}\n');
  }
  const azurite = await startAzurite();
  try {
    await provision(azurite.connectionString, '');
    const start = (appDirectory: string) => async () => {
      const startedAt = performance.now();
      const host = await startHost({
        appDirectory,
        keys: { master: 'master', host: LOCAL_FUNCTION_KEY },
        settings: toAppSettings(azurite.connectionString, 'http://127.0.0.1:1/v1'),
      });
      const readyMs = performance.now() - startedAt;
      const answer = await fetch(`${host.url}/api/license-requests`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-functions-key': LOCAL_FUNCTION_KEY },
        body: JSON.stringify({
          person: { email: 'ada@example.com' },
          licenses: [{ license: 'Advanced Messaging' }],
        }),
      });
      const ms = performance.now() - startedAt;
      await host.stop();
      if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
      return { ms, readyMs };
    };
    const found = await alternate({ bundled: start(bundled), unbundled: start(UNBUNDLED) });
    say('first answers are there');
    const medianOf = (side: keyof typeof found, what: 'ms' | 'readyMs') =>
      Math.round(toMedian(found[side].map((one) => one[what])));
    return {
      'from start to the first 202, ms': medianOf('bundled', 'ms'),
      'of it until the host is ready, ms': medianOf('bundled', 'readyMs'),
      'unbundled, to the first 202, ms': medianOf('unbundled', 'ms'),
      'unbundled, until the host is ready, ms': medianOf('unbundled', 'readyMs'),
    };
  } finally {
    await azurite.stop();
  }
}
