import { setTimeout as delay } from 'node:timers/promises';
import { LOCAL_TOKEN } from '../../../infra/local/stack.ts';
import { LICENSES_AT_ONCE, readAssignments } from '../../../src/inventory/run/read-assignments.ts';
import { newListing } from '../../../src/inventory/run/run.ts';
import { createWebexClient } from '../../../src/webex/client.ts';
import { createStaticToken } from '../../../src/webex/tokens/token-source.ts';
import { createTransport } from '../../../src/webex/transport.ts';
import { toMedian } from '../measurement.ts';
import { startSimulatorProcess } from './child.ts';

const ROUNDS = 5;
const SIZE = { licenses: LICENSES_AT_ONCE, assignments: 48_000 };

/** How many times faster the licenses are read side by side than one after another; nothing is stored. */
export async function measureSideBySide(latencyMs: number): Promise<number> {
  const simulator = await startSimulatorProcess({ ...SIZE, latencyMs });
  try {
    const { apiUrl } = simulator;
    const tokens = createStaticToken(LOCAL_TOKEN);
    const clock = () => new Date();
    const transport = createTransport({
      apiUrl,
      tokens,
      timeoutMs: 30_000,
      clock,
      newId: () => crypto.randomUUID(),
    });
    const { licenses } = createWebexClient({ transport, apiUrl, sleep: delay });
    const catalogue = (await licenses.list()).licenses;

    async function time(licensesAtOnce: number): Promise<number> {
      let rows = 0;
      const startedAt = performance.now();
      await readAssignments({
        licenses: catalogue,
        listings: catalogue.map((_, license) => newListing(license)),
        pagesOf: licenses.assignedUserPages,
        checkpoints: {
          add: (_license, page) => {
            rows += page.rows;
          },
          fail: (_license, failure) => {
            throw new Error(failure);
          },
          room: async () => undefined,
        },
        licensesAtOnce,
        isOver: () => false,
      });
      if (rows !== SIZE.assignments) throw new Error(`${rows} rows`);
      return performance.now() - startedAt;
    }

    // Warm: code and connections.
    await time(LICENSES_AT_ONCE);
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      ratios.push((await time(1)) / (await time(LICENSES_AT_ONCE)));
    return toMedian(ratios);
  } finally {
    await simulator.stop();
  }
}
