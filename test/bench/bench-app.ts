import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueueClient } from '@azure/storage-queue';
import * as z from 'zod';
import { startAzurite } from '../../infra/local/azurite.ts';
import { provision } from '../../infra/local/provision.ts';
import type { Organization } from '../../infra/local/webex/organization.ts';
import { startWebexSimulator } from '../../infra/local/webex/simulator.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { startSide } from './fresh-process.ts';
import { toBatches } from './requests.ts';
import { toAppSettings } from './settings.ts';
import { countEntries } from './stored.ts';

const ENTRY = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/main.js');
/** Messages that the host hands to the app at once, as host.json has it. */
export const HOST_AT_ONCE = 24;
const workSchema = z.object({ ms: z.number(), cpuMs: z.number(), maxRssMiB: z.number() });

export type Work =
  | { readonly do: 'submit'; readonly bodies: readonly object[]; readonly atOnce: number }
  | { readonly do: 'drain'; readonly atOnce: number }
  | { readonly do: 'sweep' };

/** The built app in a process of its own, with storage and Webex of its own; what goes to both is counted. */
export async function startBenchApp(createOrganization: () => Organization) {
  const started: { stop(): Promise<void> }[] = [];
  const azurite = await startAzurite();
  started.push(azurite);
  const proxy = await startCountingProxy(azurite);
  started.push(proxy);
  const simulator = await startWebexSimulator({ createOrganization });
  started.push(simulator);
  await provision(azurite.connectionString, '');
  const settings = { ...toAppSettings(proxy.connectionString, simulator.apiUrl), BENCH_ENTRY: ENTRY };
  const side = startSide<Work, z.output<typeof workSchema>>('app-work', settings, workSchema);
  started.push(side);
  const { connectionString } = azurite;
  /** One piece of work, with the calls that it made. */
  async function run(work: Work) {
    proxy.clear();
    simulator.clearRequests();
    const taken = await side.run(work);
    return { ...taken, storage: proxy.calls(), webex: simulator.requests().length };
  }
  return {
    connectionString,
    simulator,
    queue: new QueueClient(connectionString, QUEUES.licenseRequests),
    states: () => countEntries(connectionString),
    run,
    /** Works off the first request of each person: what is measured after it finds their names known. */
    async introduce(requests: readonly object[]) {
      await run({ do: 'submit', bodies: toBatches(requests), atOnce: 2 });
      await run({ do: 'drain', atOnce: HOST_AT_ONCE });
    },
    async stop() {
      for (const part of started.reverse()) await part.stop();
    },
  };
}
