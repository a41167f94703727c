import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueueClient } from '@azure/storage-queue';
import * as z from 'zod';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { provision } from '../../infra/local/provision.ts';
import { QUEUES } from '../../src/contract/names.ts';
import { alternate, toMedianRatio } from './alternate.ts';
import { runSide } from './fresh-process.ts';
import { type Measurement, toMedian, toPercentile } from './measurement.ts';
import { toAppSettings } from './settings.ts';
import { countEntries } from './stored.ts';

const WAVES = 6;
/** A queue of Azurite is slow beyond this. */
const PER_WAVE = 256;
const AT_ONCE = 64;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const loadSchema = z.object({ seconds: z.number(), cpuMs: z.number(), latenciesMs: z.array(z.number()) });

/** The function that takes requests, against the same two writes and no check. */
export const intake: Measurement = {
  names: ['intake', 'intake-cpu', 'intake-p99'],
  async run(say) {
    const side = (entry: string) => async (round: number) => {
      const azurite = await startAzurite();
      try {
        await provision(azurite.connectionString, '');
        const settings = toAppSettings(azurite.connectionString, 'http://127.0.0.1:1/v1');
        const input = { entry, waves: WAVES, perWave: PER_WAVE, atOnce: AT_ONCE };
        const { seconds, cpuMs, latenciesMs } = await runSide('intake-load', input, settings, loadSchema);
        await verify(azurite);
        const perSecond = latenciesMs.length / seconds;
        const p99Ms = toPercentile(latenciesMs, 0.99);
        say(
          `round ${round}, ${entry.slice(ROOT.length)}: ${perSecond.toFixed(0)}/s, p99 ${p99Ms.toFixed(0)} ms`,
        );
        return { perSecond, p99Ms, cpuMs: cpuMs / latenciesMs.length };
      } finally {
        await azurite.stop();
      }
    };
    const { seatline, bare } = await alternate({
      seatline: side(join(ROOT, 'dist/main.js')),
      bare: side(join(ROOT, 'build/local/bare-app.js')),
    });
    const of = (what: 'perSecond' | 'p99Ms' | 'cpuMs') =>
      [seatline, bare].map((rounds) => rounds.map((one) => one[what])) as [number[], number[]];
    const toDetail = (what: Parameters<typeof of>[0], unit: string) => {
      const [ours, floor] = of(what).map(toMedian);
      return { [`Seatline, ${unit}`]: ours?.toFixed(2), [`bare, ${unit}`]: floor?.toFixed(2) };
    };
    return [
      {
        name: 'intake',
        ratio: toMedianRatio(...of('perSecond')),
        better: 'higher',
        goal: 0.8,
        detail: { 'at once': AT_ONCE, ...toDetail('perSecond', 'accepted a second') },
      },
      {
        name: 'intake-cpu',
        ratio: toMedianRatio(...of('cpuMs')),
        better: 'lower',
        goal: 1.4,
        detail: toDetail('cpuMs', 'ms of CPU a request'),
      },
      {
        name: 'intake-p99',
        ratio: toMedianRatio(...of('p99Ms')),
        better: 'lower',
        goal: 1.5,
        detail: toDetail('p99Ms', 'ms'),
      },
    ];
  },
};

/** That each request has its row, and the last wave its messages. */
async function verify({ connectionString }: Azurite): Promise<void> {
  const rows = await countEntries(connectionString);
  const expected = (WAVES + 1) * PER_WAVE;
  if (rows.accepted !== expected) throw new Error(`${rows.accepted} of ${expected} have their row`);
  const queue = new QueueClient(connectionString, QUEUES.licenseRequests);
  const { approximateMessagesCount = 0 } = await queue.getProperties();
  if (approximateMessagesCount === 0) throw new Error('The requests have no messages');
}
