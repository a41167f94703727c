import * as z from 'zod';
import { startAzurite } from '../../../infra/local/azurite.ts';
import { type Measurement, type Say, toMedian } from '../measurement.ts';
import { runChild, startSimulatorProcess } from './child.ts';
import { LICENSES, PEOPLE, seatlineSchema } from './inventory.ts';

const SIZES = [PEOPLE / 10, PEOPLE] as const;
const ROUNDS = 3;
const idleSchema = z.object({ peakRssMiB: z.number() });

/**
 * The peak of a process that does one run, with a million people against a tenth of them: of the first run, and of a second
 * one that compares with it, the one that needs more.
 */
export const inventoryMemory: Measurement = {
  names: ['inventory-memory'],
  async run(say) {
    const peaks: { readonly small: Peaks; readonly large: Peaks }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      peaks.push({ small: await measure(SIZES[0], say), large: await measure(SIZES[1], say) });
    }
    const idle = toMedian(peaks.map((peak) => peak.large.idle));
    const large = toMedian(peaks.map((peak) => toPeak(peak.large)));
    return [
      {
        name: 'inventory-memory',
        ratio: large / toMedian(peaks.map((peak) => toPeak(peak.small))),
        better: 'lower',
        goal: 1.1,
        detail: {
          'peak RSS of the whole size, MiB': Math.round(large),
          'over the app and its SDKs at rest, MiB': Math.round(large - idle),
          'rounds (a tenth / whole)': toRounds(peaks, toPeak),
          'first runs': toRounds(peaks, ({ first }) => first),
          'runs that compare': toRounds(peaks, ({ second }) => second),
        },
      },
    ];
  },
};

interface Peaks {
  readonly idle: number;
  readonly first: number;
  readonly second: number;
}

const toPeak = ({ first, second }: Peaks) => Math.max(first, second);
const toRounds = (peaks: readonly { small: Peaks; large: Peaks }[], of: (peaks: Peaks) => number) =>
  peaks.map(({ small, large }) => `${Math.round(of(small))}/${Math.round(of(large))}`).join(' ');

async function measure(people: number, say: Say): Promise<Peaks> {
  const azurite = await startAzurite();
  const simulator = await startSimulatorProcess({ people, licenses: LICENSES, latencyMs: 0 });
  try {
    const args = [azurite.connectionString, simulator.apiUrl];
    const idle = await runChild('idle', args, idleSchema);
    const first = await runChild('seatline', args, seatlineSchema);
    const second = await runChild('seatline', args, seatlineSchema);
    for (const { status } of [first, second]) {
      if (status.rows !== people * LICENSES) throw new Error(`${status.rows} rows`);
    }
    const toText = (run: typeof first) => `${Math.round(run.peakRssMiB)} MiB in ${Math.round(run.ms)} ms`;
    say(`${people} people: ${toText(first)}, and comparing ${toText(second)}`);
    return { idle: idle.peakRssMiB, first: first.peakRssMiB, second: second.peakRssMiB };
  } finally {
    await simulator.stop();
    await azurite.stop();
  }
}
