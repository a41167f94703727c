import { Agent, request } from 'node:http';
import * as z from 'zod';
import { signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY, startStack } from '../../infra/local/stack.ts';
import { until } from '../flow/until.ts';
import { type Measurement, toMedian, toPercentile } from './measurement.ts';

const EVENTS = 200;
const ROUNDS = 5;
/** How long an HR system may wait for its answer. */
const MAX_ANSWER_MS = 300;

/** 200 webhooks of HR at once, to the built app under the local host: each is stored before its answer. */
export const hrBurst: Measurement = {
  names: ['hr-burst'],
  async run(say) {
    const stack = await startStack();
    const agent = new Agent({ keepAlive: true, maxSockets: EVENTS });
    try {
      const p95s: number[] = [];
      const alone: number[] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const first = round * EVENTS;
        const times = await Promise.all(
          Array.from({ length: EVENTS }, (_, index) => send(stack.apiUrl, agent, first + index)),
        );
        // The first round warms up: connections, code and tables.
        if (round > 0) p95s.push(toPercentile(times, 0.95));
        say(`round ${round}: p95 ${toPercentile(times, 0.95).toFixed(0)} ms`);
        await drain(stack.apiUrl);
        alone.push(await send(stack.apiUrl, agent, -1 - round));
        await drain(stack.apiUrl);
      }
      const ms = toMedian(p95s);
      const detail = {
        'p95 of a burst, ms, median of rounds': Math.round(ms),
        rounds: p95s.map(Math.round).join(' '),
        'alone, ms': Math.round(toMedian(alone)),
      };
      return [{ name: 'hr-burst', ratio: ms / MAX_ANSWER_MS, better: 'lower', goal: 1, detail }];
    } finally {
      agent.destroy();
      await stack.stop();
    }
  },
};

/** Until the burst is worked off: the next one is to find the app at rest. */
async function drain(apiUrl: string): Promise<void> {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY };
  for (const list of ['hr-events?state=accepted', 'license-requests?state=accepted']) {
    await until(
      `the end of ${list}`,
      async () => {
        const answer = await fetch(`${apiUrl}/${list}`, { headers });
        const { items } = z.object({ items: z.array(z.unknown()) }).parse(await answer.json());
        return items.length === 0 || undefined;
      },
      120_000,
    );
  }
}

/** The time to the whole answer, in ms. */
function send(apiUrl: string, agent: Agent, number: number): Promise<number> {
  const email = `p${number}@example.com`;
  const event = { type: 'joiner', employee: { id: `${number}`, email }, attributes: { department: 'IT' } };
  const { headers, body } = signStandard(event, new Date());
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(`${apiUrl}/hr-events/hr`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - startedAt);
        else reject(new Error(`answered ${answer.statusCode}`));
      });
    });
    sent.on('error', reject).end(body);
  });
}
