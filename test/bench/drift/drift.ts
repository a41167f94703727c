import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { startAzurite } from '../../../infra/local/azurite.ts';
import type { Measurement, Say } from '../measurement.ts';

const run = promisify(execFile);
/** Beside the built measurement. */
const FILE = fileURLToPath(new URL('./drift-process.js', import.meta.url));
/** `DRIFT_BENCH_PEOPLE` is for a machine that others work on. */
const PEOPLE = Number(process.env.DRIFT_BENCH_PEOPLE ?? 1_000_000);
const MAX_MS = 60_000;
const foundSchema = z.object({
  ...{ ms: z.number(), cpuMs: z.number(), peakRssMiB: z.number() },
  ...{ missing: z.number(), extra: z.number(), compared: z.number() },
});

/**
 * The drift of a people snapshot on the blobs of Azurite. The rows of HR are made and parsed as those of a table are; they
 * are not read from one, since Azurite reads each row for each page.
 */
export const drift: Measurement = {
  names: ['drift', 'drift-memory'],
  async run(say) {
    const small = await measure(PEOPLE / 10, say);
    const large = await measure(PEOPLE, say);
    const detail = {
      people: PEOPLE,
      seconds: (large.ms / 1_000).toFixed(1),
      'of the processor, seconds': (large.cpuMs / 1_000).toFixed(1),
      'of a tenth of the people, seconds': (small.ms / 1_000).toFixed(1),
      'differences found': large.missing + large.extra,
    };
    return [
      { name: 'drift', ratio: large.ms / MAX_MS, better: 'lower', goal: 1, detail },
      {
        name: 'drift-memory',
        ratio: large.peakRssMiB / small.peakRssMiB,
        better: 'lower',
        detail: {
          'peak RSS, MiB': Math.round(large.peakRssMiB),
          'of a tenth of the people, MiB': Math.round(small.peakRssMiB),
        },
      },
    ];
  },
};

/** @throws where something else is found than what the hands did */
async function measure(people: number, say: Say) {
  const azurite = await startAzurite();
  try {
    const { stdout } = await run(process.execPath, [
      '--expose-gc',
      FILE,
      azurite.connectionString,
      `${people}`,
    ]);
    const found = foundSchema.parse(JSON.parse(stdout));
    const hands = Math.ceil(people / 500);
    if (found.compared !== people || found.missing !== hands || found.extra !== hands)
      throw new Error(`not what the hands did: ${stdout}`);
    say(`${people} people: ${Math.round(found.ms)} ms, ${Math.round(found.peakRssMiB)} MiB`);
    return found;
  } finally {
    await azurite.stop();
  }
}
