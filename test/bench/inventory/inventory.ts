import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { startAzurite } from '../../../infra/local/azurite.ts';
import { runStatusSchema } from '../../../src/inventory/schemas/files.ts';
import type { Measurement, Result, Say } from '../measurement.ts';
import { runChild, startSimulatorProcess } from './child.ts';

export const LICENSES = 8;
/** `INVENTORY_BENCH_PEOPLE` is for a machine that others work on. */
export const PEOPLE = Number(process.env.INVENTORY_BENCH_PEOPLE ?? 1_000_000);
/** What takes ten thousand calls and more is measured with fewer people: each page takes as long. */
const PEER_PEOPLE = Math.min(PEOPLE, 100_000);
/** Less than any answer of Webex takes. */
const LATENCY_MS = 20;

export const seatlineSchema = z.object({ status: runStatusSchema, ms: z.number(), peakRssMiB: z.number() });
const peerSchema = z.object({ rows: z.number(), pages: z.number(), ms: z.number() });
const comparedSchema = z.object({ changes: z.number(), ms: z.number(), peakRssMiB: z.number() });

/**
 * Whole runs of the app, storage included, against the floor: the same pages fetched one after the other and thrown
 * away. Beside it, by the rules of the Python SDK, the list of people, and the holders license by license.
 */
export const inventory: Measurement = {
  names: ['inventory', 'inventory-with-assignments', 'people-compared'],
  async run(say) {
    const ours = await measureRuns(say);
    const peers = await measurePeers(say);
    const detail = {
      people: PEOPLE,
      'latency of an answer, ms': LATENCY_MS,
      'floor, s': toSeconds(ours.floor.ms),
    };
    const snapshot: Result = {
      name: 'inventory',
      ratio: ours.snapshot.ms / ours.floor.ms,
      better: 'lower',
      goal: 1.5,
      detail: {
        ...detail,
        'run without assignments, s': toSeconds(ours.snapshot.ms),
        'of that until the last page, s': toSeconds(ours.calls.ms),
        'calls for people (others)': `${ours.calls.people} (${ours.calls.licenses})`,
        [`SDK, people, of ${PEER_PEOPLE}, s (calls)`]: toPeer(peers.sdk),
        [`by license, of ${PEER_PEOPLE}, s (calls)`]: toPeer(peers.byLicense),
        [`floor, of ${PEER_PEOPLE}, s (calls)`]: toPeer(peers.floor),
      },
    };
    const published: Result = {
      name: 'inventory-with-assignments',
      ratio: ours.published.ms / ours.floor.ms,
      better: 'lower',
      detail: {
        ...detail,
        'run with all assignments and their diff, s': toSeconds(ours.published.ms),
        rows: ours.published.status.rows,
      },
    };
    const compared: Result = {
      name: 'people-compared',
      ratio: ours.compared.ms / 1_000,
      better: 'lower',
      goal: 60,
      detail: {
        people: PEOPLE,
        's (the ratio is seconds)': toSeconds(ours.compared.ms),
        changes: ours.compared.changes,
      },
    };
    return [snapshot, published, compared];
  },
};

const toSeconds = (ms: number) => (ms / 1_000).toFixed(1);
const toPeer = ({ ms, pages }: z.output<typeof peerSchema>) => `${toSeconds(ms)} (${pages})`;

/** @throws where a run is not of all people, or asked for more pages than there are */
async function measureRuns(say: Say) {
  const azurite = await startAzurite();
  const simulator = await startSimulatorProcess({
    people: PEOPLE,
    licenses: LICENSES,
    latencyMs: LATENCY_MS,
  });
  try {
    const { apiUrl } = simulator;
    const floor = await runChild('floor', [apiUrl], peerSchema);
    await simulator.countCalls();
    say(`floor: ${toSeconds(floor.ms)} s, ${floor.pages} pages`);
    const args = [azurite.connectionString, apiUrl];
    const snapshot = await runChild('seatline', [...args, 'off'], seatlineSchema);
    const calls = await simulator.countCalls();
    say(`snapshot: ${toSeconds(snapshot.ms)} s, ${calls.people} calls`);
    const published = await runChild('seatline', [...args, 'all'], seatlineSchema);
    say(`with assignments: ${toSeconds(published.ms)} s`);
    const { orgId = '' } = published.status;
    const compared = await runChild('compare', [azurite.connectionString, orgId], comparedSchema);
    say(`compared: ${toSeconds(compared.ms)} s, ${Math.round(compared.peakRssMiB)} MiB`);
    const { rows, people } = published.status;
    if (rows !== PEOPLE * LICENSES || people !== PEOPLE || calls.people > floor.pages + 10) {
      throw new Error(`not the same work: ${rows} rows of ${people} people, ${calls.people} calls`);
    }
    return { floor, snapshot, calls, published, compared };
  } finally {
    await simulator.stop();
    await azurite.stop();
  }
}

async function measurePeers(say: Say) {
  const size = { people: PEER_PEOPLE, licenses: LICENSES, latencyMs: LATENCY_MS };
  const simulator = await startSimulatorProcess(size);
  const folder = await mkdtemp(join(tmpdir(), 'seatline-peer-'));
  try {
    const args = [join(folder, 'rows.ndjson.gz'), simulator.apiUrl];
    const floor = await runChild('floor', [simulator.apiUrl], peerSchema);
    const sdk = await runChild('sdk', args, peerSchema);
    const byLicense = await runChild('by-license', args, peerSchema);
    say(`${PEER_PEOPLE} people: SDK ${toSeconds(sdk.ms)} s, by license ${toSeconds(byLicense.ms)} s`);
    return { floor, sdk, byLicense };
  } finally {
    await rm(folder, { recursive: true });
    await simulator.stop();
  }
}
