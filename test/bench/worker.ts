import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { startAzurite } from '../../infra/local/azurite.ts';
import { provision } from '../../infra/local/provision.ts';
import { startWebexSimulator } from '../../infra/local/webex/simulator.ts';
import { MAX_REQUESTS_PER_MESSAGE } from '../../src/requests/queue-message.ts';
import { alternate, toRange, toRatios } from './alternate.ts';
import { startSide } from './fresh-process.ts';
import { type Measurement, type Result, toMedian } from './measurement.ts';
import { countHolders, createEmptyOrganization, toLicenseId } from './organization.ts';
import { FIRST_LICENSE, LICENSE } from './requests.ts';
import { toAppSettings } from './settings.ts';
import { countEntries } from './stored.ts';

/** A queue of Azurite is slow beyond this. */
const PER_WAVE = 256;
const ROUNDS = 9;
/** Until then Node still compiles: the same work takes half of the CPU afterwards, on both sides. */
const WAVES_TO_WARM_UP = 6;
const PEOPLE = (ROUNDS + WAVES_TO_WARM_UP) * PER_WAVE;
/** As host.json has it: 16 to a call, and 24 at once. The floor has as many requests at once, one to a message. */
const SEATLINE = { batch: 16, atOnce: 24 };
const BARE = { batch: 32, atOnce: SEATLINE.atOnce * MAX_REQUESTS_PER_MESSAGE };

const ENTRY = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/main.js');
const loadSchema = z.object({ seconds: z.number(), cpuMs: z.number() });

/** The function that performs requests, against a loop that receives, patches and deletes, and keeps no record. */
export const worker: Measurement = {
  names: ['worker'],
  async run(say) {
    const started: { stop(): Promise<void> }[] = [];
    const start = async (name: string, pull: { batch: number; atOnce: number }, record?: string) => {
      const azurite = await startAzurite();
      started.push(azurite);
      const simulator = await startWebexSimulator({
        createOrganization: () => createEmptyOrganization(PEOPLE),
      });
      started.push(simulator);
      await provision(azurite.connectionString, '');
      const settings = {
        ...toAppSettings(azurite.connectionString, simulator.apiUrl),
        ...(record !== undefined && { BENCH_ENTRY: record }),
      };
      const side = startSide('worker-load', settings, loadSchema);
      started.push(side);
      const organization = simulator.organization();
      const licenseIds = {
        first: toLicenseId(organization, FIRST_LICENSE),
        measured: toLicenseId(organization, LICENSE),
      };
      let done = 0;
      const wave = async () => {
        const work = { ...pull, first: done, count: PER_WAVE };
        // Both sides have had a request for each of these people before.
        await side.run({ ...work, isFirst: true, licenseId: licenseIds.first });
        simulator.clearRequests();
        const { seconds, cpuMs } = await side.run({
          ...work,
          isFirst: false,
          licenseId: licenseIds.measured,
        });
        done += PER_WAVE;
        // One for each, and the catalogue now and then.
        const calls = simulator.requests().length;
        const holders = countHolders(simulator.organization());
        if (holders !== done || calls > PER_WAVE * 1.1)
          throw new Error(`${name}: ${holders} of ${done} hold the license after ${calls} calls`);
        const { succeeded } = await countEntries(azurite.connectionString);
        if (record !== undefined && succeeded !== PER_WAVE * 2)
          throw new Error(`${succeeded} of ${PER_WAVE * 2} succeeded`);
        return { perSecond: PER_WAVE / seconds, cpuMs: cpuMs / PER_WAVE };
      };
      // Start-up, connections and the catalogue are in no round.
      for (let warm = 0; warm < WAVES_TO_WARM_UP; warm += 1) await wave();
      return async (round: number) => {
        const taken = await wave();
        say(
          `round ${round}, ${name}: ${taken.perSecond.toFixed(0)}/s, ${taken.cpuMs.toFixed(2)} ms of CPU each`,
        );
        return taken;
      };
    };
    try {
      const seatline = await start('Seatline', SEATLINE, ENTRY);
      const bare = await start('bare', BARE);
      return toResults(await alternate({ seatline, bare }, ROUNDS));
    } finally {
      for (const part of started.reverse()) await part.stop();
    }
  },
};

type Taken = readonly { readonly perSecond: number; readonly cpuMs: number }[];

function toResults({ seatline, bare }: { seatline: Taken; bare: Taken }): readonly Result[] {
  const perSecond = [seatline, bare].map((rounds) => rounds.map((one) => one.perSecond));
  const cpuMs = [seatline, bare].map((rounds) => rounds.map((one) => one.cpuMs));
  const ratios = toRatios(perSecond[0] ?? [], perSecond[1] ?? []);
  return [
    {
      name: 'worker',
      ratio: toMedian(ratios),
      better: 'higher',
      detail: {
        'waiting at most': PER_WAVE,
        'ratios of the rounds': toRange(ratios),
        'Seatline, requests a second': toMedian(perSecond[0] ?? []).toFixed(0),
        'bare, requests a second': toMedian(perSecond[1] ?? []).toFixed(0),
        'Seatline, ms of CPU a request': toMedian(cpuMs[0] ?? []).toFixed(2),
        'bare, ms of CPU a request': toMedian(cpuMs[1] ?? []).toFixed(2),
      },
    },
  ];
}
