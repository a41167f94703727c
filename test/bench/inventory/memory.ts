import * as z from 'zod';
import { startAzurite } from '../../../infra/local/azurite.ts';
import { type Measurement, type Say, toMedian } from '../measurement.ts';
import { runChild, startSimulatorProcess } from './child.ts';
import { seatlineSchema } from './inventory.ts';

const LICENSES = 20;
const SIZES = [100_000, 1_000_000] as const;
const ROUNDS = 3;
const idleSchema = z.object({ peakRssMiB: z.number() });

/** The peak of a process that does one run, at a million rows against a tenth of them. */
export const inventoryMemory: Measurement = {
  names: ['inventory-memory'],
  async run(say) {
    const peaks: { readonly small: number; readonly large: number; readonly idle: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [small, large] = [await measure(SIZES[0], say), await measure(SIZES[1], say)];
      peaks.push({ small: small.peak, large: large.peak, idle: large.idle });
    }
    const idle = toMedian(peaks.map((peak) => peak.idle));
    const large = toMedian(peaks.map((peak) => peak.large));
    return [
      {
        name: 'inventory-memory',
        ratio: large / toMedian(peaks.map((peak) => peak.small)),
        better: 'lower',
        goal: 1.1,
        detail: {
          'peak RSS at 1 M rows, MiB': Math.round(large),
          'over the app and its SDKs at rest, MiB': Math.round(large - idle),
          'rounds (100 k / 1 M)': peaks.map((p) => `${Math.round(p.small)}/${Math.round(p.large)}`).join(' '),
        },
      },
    ];
  },
};

async function measure(assignments: number, say: Say) {
  const azurite = await startAzurite();
  const simulator = await startSimulatorProcess({ licenses: LICENSES, assignments, latencyMs: 0 });
  try {
    const args = [azurite.connectionString, simulator.apiUrl];
    const idle = await runChild('idle', args, idleSchema);
    const { peakRssMiB, status } = await runChild('seatline', args, seatlineSchema);
    if (status.rows !== assignments) throw new Error(`${status.rows} rows`);
    say(`${assignments} rows: peak ${Math.round(peakRssMiB)} MiB`);
    return { peak: peakRssMiB, idle: idle.peakRssMiB };
  } finally {
    await simulator.stop();
    await azurite.stop();
  }
}
