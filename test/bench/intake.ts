import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueueClient } from '@azure/storage-queue';
import * as z from 'zod';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { provision } from '../../infra/local/provision.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { alternate, toMedianRatio, toRange, toRatios } from './alternate.ts';
import { startSide } from './fresh-process.ts';
import { measureIntakeOverHttp } from './intake-over-http.ts';
import { type Measurement, type Result, type Say, toMedian, toPercentile } from './measurement.ts';
import { toAppSettings } from './settings.ts';
import { countEntries } from './stored.ts';

/** A queue of Azurite is slow beyond this. */
const PER_WAVE = 256;
const WAVES_PER_ROUND = 2;
const ROUNDS = 7;
/** Until then Node still compiles. */
const WAVES_TO_WARM_UP = 4;
const AT_ONCE = 64;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const loadSchema = z.object({ seconds: z.number(), cpuMs: z.number(), latenciesMs: z.array(z.number()) });

/** The function that takes requests, against the same two writes and no check. */
export const intake: Measurement = {
  names: ['intake', 'intake-cpu', 'intake-p99'],
  run: async (say) => toResults(await measureSides(say), await measureIntakeOverHttp(AT_ONCE, say)),
};

interface Taken {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
}

type Sides = Record<'seatline' | 'bare', readonly Taken[]>;

async function measureSides(say: Say): Promise<Sides> {
  const started: { stop(): Promise<void> }[] = [];
  const start = async (name: string, record: string) => {
    const azurite = await startAzurite();
    started.push(azurite);
    await provision(azurite.connectionString, '');
    const settings = {
      ...toAppSettings(azurite.connectionString, 'http://127.0.0.1:1/v1'),
      BENCH_ENTRY: join(ROOT, record),
    };
    const side = startSide('intake-load', settings, loadSchema);
    started.push(side);
    let sent = 0;
    const wave = async () => {
      const taken = await side.run({ first: sent, count: PER_WAVE, atOnce: AT_ONCE });
      sent += PER_WAVE;
      await verify(azurite, sent);
      return taken;
    };
    // Start-up, connections and tables are in no round.
    for (let warm = 0; warm < WAVES_TO_WARM_UP; warm += 1) await wave();
    return async (round: number) => {
      const waves: z.output<typeof loadSchema>[] = [];
      for (let one = 0; one < WAVES_PER_ROUND; one += 1) waves.push(await wave());
      const sum = (what: 'seconds' | 'cpuMs') => waves.reduce((all, taken) => all + taken[what], 0);
      const count = PER_WAVE * WAVES_PER_ROUND;
      const p99Ms = toPercentile(
        waves.flatMap(({ latenciesMs }) => latenciesMs),
        0.99,
      );
      const perSecond = count / sum('seconds');
      say(`round ${round}, ${name}: ${perSecond.toFixed(0)}/s, p99 ${p99Ms.toFixed(0)} ms`);
      return { perSecond, p99Ms, cpuMs: sum('cpuMs') / count };
    };
  };
  try {
    const oursOf = await start('Seatline', 'dist/main.js');
    const floorOf = await start('bare', 'build/local/bare-app.js');
    return await alternate({ seatline: oursOf, bare: floorOf }, ROUNDS);
  } finally {
    for (const part of started.reverse()) await part.stop();
  }
}

function toResults({ seatline, bare }: Sides, overHttp: Result['detail']): readonly Result[] {
  const of = (what: 'perSecond' | 'p99Ms' | 'cpuMs') =>
    [seatline, bare].map((rounds) => rounds.map((one) => one[what])) as [number[], number[]];
  const toDetail = (what: Parameters<typeof of>[0], unit: string) => {
    const [ours, floor] = of(what).map(toMedian);
    return {
      [`Seatline, ${unit}`]: ours?.toFixed(2),
      [`bare, ${unit}`]: floor?.toFixed(2),
      'ratios of the rounds': toRange(toRatios(...of(what))),
    };
  };
  return [
    {
      name: 'intake',
      ratio: toMedianRatio(...of('perSecond')),
      better: 'higher',
      goal: 0.8,
      detail: { 'at once': AT_ONCE, ...toDetail('perSecond', 'accepted a second'), ...overHttp },
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
}

/** That each request has its row, and the last wave its messages. */
async function verify({ connectionString }: Azurite, expected: number): Promise<void> {
  const rows = await countEntries(connectionString);
  if (rows.accepted !== expected) throw new Error(`${rows.accepted} of ${expected} have their row`);
  const queue = new QueueClient(connectionString, QUEUES.licenseRequests);
  const { approximateMessagesCount = 0 } = await queue.getProperties();
  if (approximateMessagesCount === 0) throw new Error('The requests have no messages');
}
