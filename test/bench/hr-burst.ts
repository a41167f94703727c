import { Agent, request } from 'node:http';
import { signStandard } from '../../infra/local/hr-senders.ts';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { until } from '../flow/until.ts';
import { type Measurement, toMedian, toPercentile } from './measurement.ts';
import { createEmptyOrganization } from './organization.ts';
import { toEmail } from './requests.ts';
import { countEntries } from './stored.ts';

const EVENTS = 200;
const ROUNDS = 5;
/** Idle connections end before the host ends them, which is after 5 s. */
const IDLE_CONNECTION_MS = 2_000;
/** One of a burst each, and one alone after it. */
const PEOPLE = (ROUNDS + 1) * (EVENTS + 1);
/** How long an HR system may wait for its answer. */
const MAX_ANSWER_MS = 300;

/** 200 webhooks of HR at once, to the built app under the local host: each is stored before its answer. */
export const hrBurst: Measurement = {
  names: ['hr-burst'],
  async run(say) {
    const stack = await startStack({
      simulator: { createOrganization: () => createEmptyOrganization(PEOPLE) },
    });
    const agent = new Agent({ keepAlive: true, maxSockets: EVENTS, timeout: IDLE_CONNECTION_MS });
    let sent = 0;
    const sendNext = () => {
      sent += 1;
      return send(stack.apiUrl, agent, sent - 1);
    };
    try {
      const p95s: number[] = [];
      const alone: number[] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const times = await Promise.all(Array.from({ length: EVENTS }, sendNext));
        // The first round warms up: connections, code and tables.
        if (round > 0) p95s.push(toPercentile(times, 0.95));
        say(`round ${round}: p95 ${toPercentile(times, 0.95).toFixed(0)} ms`);
        await rest(stack, sent);
        alone.push(await sendNext());
        await rest(stack, sent);
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

/** Returns once each person has the license that the event gives: the next burst finds the app at rest. */
async function rest({ azurite }: Stack, events: number): Promise<void> {
  await until(
    `${events} requests that succeeded`,
    async () => (await countEntries(azurite.connectionString)).succeeded === events || undefined,
    120_000,
  );
}

/** The time to the whole answer, in ms. */
function send(apiUrl: string, agent: Agent, number: number): Promise<number> {
  const employee = { id: `${number}`, email: toEmail(number) };
  const event = { type: 'joiner', employee, attributes: { department: 'IT' } };
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
