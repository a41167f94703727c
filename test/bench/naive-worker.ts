import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { startWebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createOrganization } from '../chaos/cluster.ts';
import { introduce, runSeed } from '../chaos/run-seed.ts';
import { findWrong } from '../chaos/verdict.ts';
import { createWorkload, toChanges, toExpected, type Wish } from '../chaos/workload.ts';
import type { Measurement } from './measurement.ts';

const PEOPLE = 150;
const SEED = 1;

/**
 * How many people end with other licenses than the newest of what was asked says, without a single fault: by a worker
 * that goes by arrival and takes 2xx as done, and by ours.
 */
export const naiveWorker: Measurement = {
  names: ['naive-worker'],
  async run(say) {
    const naive = await workNaively();
    say(`naive: ${naive.wrong} of ${PEOPLE} people wrong`);
    const ours = await runSeed({
      ...{ seed: SEED, people: PEOPLE, kills: 0, storageStops: 0, isPlain: true },
      ...{ overMs: 10_000, deadlineMs: 120_000, trouble: { webex: 0, storage: 0 } },
    });
    const wrong = ours.verdict.wrong.length;
    say(`ours: ${wrong} of ${PEOPLE} people wrong`);
    const detail = {
      'people wrong, naive': naive.wrong,
      'of them left, and still licensed, naive': naive.leavers,
      'people wrong, ours': wrong,
      'requests and events sent': naive.sent,
      'changes at Webex, naive and ours': `${naive.sent} ${ours.webexChanges}`,
    };
    return [{ name: 'naive-worker', ratio: wrong / naive.wrong, better: 'lower', goal: 0, detail }];
  },
};

async function workNaively() {
  const simulator = await startWebexSimulator({ token: LOCAL_TOKEN, createOrganization });
  try {
    const { people, wishes } = createWorkload(PEOPLE, SEED, new Date());
    introduce(people, simulator);
    const ids = new Map(
      [...simulator.organization().licenses.values()].map(({ name, id }) => [name, id] as const),
    );
    for (const wish of wishes) {
      // Once is enough for those whom the directory knows late.
      for (let tries = 0; tries < 5; tries += 1) if (await change(simulator.apiUrl, wish, ids)) break;
    }
    const wrong = findWrong(people, simulator);
    const leavers = wrong.filter((human) => toExpected(human).size === 0);
    return { wrong: wrong.length, leavers: leavers.length, sent: wishes.length };
  } finally {
    await simulator.stop();
  }
}

async function change(apiUrl: string, wish: Wish, ids: ReadonlyMap<string, string>): Promise<boolean> {
  const licenses = toChanges(wish).map(({ license, operation }) => ({ id: ids.get(license), operation }));
  const headers = { authorization: `Bearer ${LOCAL_TOKEN}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ email: wish.email, licenses });
  const answer = await fetch(`${apiUrl}/licenses/users`, { method: 'PATCH', headers, body });
  return answer.ok;
}
