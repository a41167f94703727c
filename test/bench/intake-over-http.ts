import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { QueueClient } from '@azure/storage-queue';
import { startAzurite } from '../../infra/local/azurite.ts';
import { startHost } from '../../infra/local/host/host.ts';
import { provision } from '../../infra/local/provision.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { type Say, toMedian, toPercentile } from './measurement.ts';
import { at, createRequests } from './requests.ts';
import { toAppSettings } from './settings.ts';
import { countEntries } from './stored.ts';

const PER_WAVE = 256;
const ROUNDS = 5;
const WAVES_TO_WARM_UP = 4;

/** Requests that the built app accepts under the local host, over HTTP; the host's own work is in it. */
export async function measureIntakeOverHttp(atOnce: number, say: Say) {
  const azurite = await startAzurite();
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  try {
    await provision(azurite.connectionString, '');
    const host = await startHost({
      appDirectory: fileURLToPath(new URL('../..', import.meta.url)),
      keys: { master: 'master', host: LOCAL_FUNCTION_KEY },
      settings: {
        ...toAppSettings(azurite.connectionString, 'http://127.0.0.1:1/v1'),
        // What is accepted stays: only the intake is measured.
        'AzureWebJobs.perform-license-request.Disabled': 'true',
      },
    });
    try {
      const queue = new QueueClient(azurite.connectionString, QUEUES.licenseRequests);
      const waves: { perSecond: number; p99Ms: number }[] = [];
      for (let wave = 0; wave < WAVES_TO_WARM_UP + ROUNDS; wave += 1) {
        await queue.clearMessages();
        const startedAt = performance.now();
        const latenciesMs = await at(atOnce, createRequests(PER_WAVE, wave * PER_WAVE), (body) =>
          post(`${host.url}/api/license-requests`, agent, body),
        );
        const perSecond = PER_WAVE / ((performance.now() - startedAt) / 1_000);
        const { accepted } = await countEntries(azurite.connectionString);
        if (accepted !== (wave + 1) * PER_WAVE) throw new Error(`${accepted} have their row`);
        waves.push({ perSecond, p99Ms: toPercentile(latenciesMs, 0.99) });
      }
      const warm = waves.slice(WAVES_TO_WARM_UP);
      const perSecond = toMedian(warm.map((one) => one.perSecond));
      say(`through the local host: ${perSecond.toFixed(0)}/s`);
      return {
        "through the local host's HTTP, accepted a second": perSecond.toFixed(0),
        'of it p99, ms': toMedian(warm.map((one) => one.p99Ms)).toFixed(0),
      };
    } finally {
      await host.stop();
    }
  } finally {
    agent.destroy();
    await azurite.stop();
  }
}

/** The time to the whole answer, in ms. */
async function post(url: string, agent: Agent, body: object): Promise<number> {
  const startedAt = performance.now();
  const headers = { 'content-type': 'application/json', 'x-functions-key': LOCAL_FUNCTION_KEY };
  const sent = request(url, { method: 'POST', agent, headers }).end(JSON.stringify(body));
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  if (answer === undefined) throw new Error('no answer');
  await once(answer.resume(), 'end');
  if (answer.statusCode !== 202) throw new Error(`answered ${answer.statusCode}`);
  return performance.now() - startedAt;
}
