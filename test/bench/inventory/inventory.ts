import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';
import { type Azurite, startAzurite } from '../../../infra/local/azurite.ts';
import { runStatusSchema } from '../../../src/inventory/schemas/files.ts';
import { createStorageClients } from '../../../src/storage/clients.ts';
import { CONTAINERS } from '../../../src/storage/names.ts';
import { type Measurement, type Result, type Say, toMedian } from '../measurement.ts';
import { runChild, startSimulatorProcess } from './child.ts';
import { measureSideBySide } from './side-by-side.ts';

const LICENSES = 20;
/** The whole size once, and a smaller one for a median: the ratio does not depend on it. */
const ROUNDS = [1_000_000, 100_000, 100_000, 100_000, 100_000];
/** Less than any answer of Webex takes. */
const LATENCY_MS = 20;

export const seatlineSchema = z.object({ status: runStatusSchema, ms: z.number(), peakRssMiB: z.number() });
const peerSchema = z.object({ rows: z.number(), ms: z.number(), peakRssMiB: z.number() });

/** A whole run of the app, storage and checkpoints included, against what the SDK's rules do into a local file. */
export const inventory: Measurement = {
  names: ['inventory'],
  async run(say) {
    const rounds = [];
    for (const assignments of ROUNDS) rounds.push(await measure(assignments, LATENCY_MS, say));
    const withoutLatency = await measure(200_000, 0, say);
    const sideBySide = await measureSideBySide(LATENCY_MS);
    const [whole] = rounds;
    const result: Result = {
      name: 'inventory',
      ratio: toMedian(rounds.map(({ ratio }) => ratio)),
      better: 'higher',
      goal: 2.5,
      detail: {
        'latency of an answer, ms': LATENCY_MS,
        '1 M rows, s': `${toSeconds(whole?.ours)} (peer ${toSeconds(whole?.peer)})`,
        'ratios of rounds': rounds.map(({ ratio }) => ratio.toFixed(2)).join(' '),
        'pages asked for, of pages': `${whole?.asked} of ${whole?.pages}`,
        'ratio without any latency': withoutLatency.ratio.toFixed(2),
        '8 licenses side by side, times sequential': sideBySide.toFixed(2),
      },
    };
    return [result];
  },
};

const toSeconds = (ms = Number.NaN) => (ms / 1_000).toFixed(1);

/** @throws where rows differ, or a page was asked for twice */
async function measure(assignments: number, latencyMs: number, say: Say) {
  const azurite = await startAzurite();
  const simulator = await startSimulatorProcess({ licenses: LICENSES, assignments, latencyMs });
  const folder = await mkdtemp(join(tmpdir(), 'seatline-peer-'));
  try {
    const { apiUrl } = simulator;
    const ours = await runChild('seatline', [azurite.connectionString, apiUrl], seatlineSchema);
    const asked = await simulator.countPages();
    const file = join(folder, 'assignments.ndjson.gz');
    const peer = await runChild('peer', [file, apiUrl], peerSchema);
    const pages = await simulator.countPages();
    const path = `${ours.status.folder}/assignments.ndjson.gz`;
    const [a, b] = [await hash(await download(azurite, path)), await hash(createReadStream(file))];
    if (a !== b || peer.rows !== assignments || asked !== pages) {
      throw new Error(`not the same work: ${a} and ${b}, ${peer.rows} rows, ${asked} and ${pages} pages`);
    }
    say(`${assignments} rows: ${toSeconds(ours.ms)} s, peer ${toSeconds(peer.ms)} s`);
    return { ours: ours.ms, peer: peer.ms, ratio: peer.ms / ours.ms, asked, pages };
  } finally {
    await rm(folder, { recursive: true });
    await simulator.stop();
    await azurite.stop();
  }
}

async function download({ connectionString }: Azurite, path: string): Promise<NodeJS.ReadableStream> {
  const storage = createStorageClients({ kind: 'connection-string', connectionString });
  const blob = (await storage.container(CONTAINERS.assignments)).getBlobClient(path);
  const { readableStreamBody } = await blob.download();
  if (!readableStreamBody) throw new Error('no body');
  return readableStreamBody;
}

/** Of the rows, however they are compressed. */
async function hash(compressed: NodeJS.ReadableStream): Promise<string> {
  const rows = createHash('sha256');
  for await (const chunk of compressed.pipe(createGunzip())) rows.update(chunk);
  return rows.digest('hex');
}
