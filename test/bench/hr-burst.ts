import { Agent, type RequestOptions, request } from 'node:http';
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
/** Times the floor. */
const MAX_OF_FLOOR = 2;

/**
 * 200 webhooks of HR at once, to the built app under the local host: each is stored before its answer. The floor is as many
 * calls at once of the same function that store nothing: the handshake of CloudEvents.
 */
export const hrBurst: Measurement = {
  names: ['hr-burst'],
  async run(say) {
    const stack = await startStack({
      simulator: { createOrganization: () => createEmptyOrganization(PEOPLE) },
    });
    const agent = new Agent({ keepAlive: true, maxSockets: EVENTS, timeout: IDLE_CONNECTION_MS });
    let sent = 0;
    const shakeHands = () => toAnswerTime(stack.apiUrl, { method: 'OPTIONS', agent });
    const sendNext = () => {
      sent += 1;
      return send(stack.apiUrl, agent, sent - 1);
    };
    const toP95 = async (call: () => Promise<number>) =>
      toPercentile(await Promise.all(Array.from({ length: EVENTS }, call)), 0.95);
    try {
      const floors: number[] = [];
      const bursts: number[] = [];
      const alone: number[] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const [floor, burst] = [await toP95(shakeHands), await toP95(sendNext)];
        say(`round ${round}: p95 ${burst.toFixed(0)} ms, floor ${floor.toFixed(0)} ms`);
        // The first round warms up: connections, code and tables.
        if (round > 0) {
          floors.push(floor);
          bursts.push(burst);
        }
        await rest(stack, sent);
        alone.push(await sendNext());
        await rest(stack, sent);
      }
      const [floorMs, burstMs] = [toMedian(floors), toMedian(bursts)];
      const detail = {
        'p95 of a burst, ms, median of rounds': Math.round(burstMs),
        'rounds, ms': bursts.map(Math.round).join(' '),
        'p95 of as many calls that store nothing, ms': Math.round(floorMs),
        'rounds of it, ms': floors.map(Math.round).join(' '),
        'alone, ms': Math.round(toMedian(alone)),
      };
      return [{ name: 'hr-burst', ratio: burstMs / floorMs, better: 'lower', goal: MAX_OF_FLOOR, detail }];
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

function send(apiUrl: string, agent: Agent, number: number): Promise<number> {
  const employee = { id: `${number}`, email: toEmail(number) };
  const event = { type: 'joiner', employee, attributes: { department: 'IT' } };
  const { headers, body } = signStandard(event, new Date());
  return toAnswerTime(apiUrl, { method: 'POST', agent, headers }, body);
}

/** The time to the whole answer, in ms. */
function toAnswerTime(apiUrl: string, options: RequestOptions, body?: string): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(`${apiUrl}/hr-events/hr`, options, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - startedAt);
        else reject(new Error(`answered ${answer.statusCode}`));
      });
    });
    sent.on('error', reject).end(body);
  });
}
