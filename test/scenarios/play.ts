import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { createRoomsWorld } from './rooms-world.ts';
import { type Expectation, type Observed, type Scenario, type Step, scenarioSchema } from './scenario.ts';

/** How a scenario ended, over all orders of arrival that it permits. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly orders: number;
  readonly failures: readonly string[];
}

/** Plays all scenarios of a folder: its `policies.json` names the policies. */
export async function playFolder(folder: string): Promise<readonly Outcome[]> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, name), 'utf8'));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const policies = new Map(
    Object.entries(z.record(z.string(), z.unknown()).parse(await read('policies.json'))),
  );
  const outcomes: Outcome[] = [];
  for (const name of names.filter((one) => one !== 'policies.json'))
    outcomes.push(await playScenario(basename(name, '.json'), await read(name), policies));
  return outcomes;
}

async function playScenario(
  name: string,
  content: unknown,
  policies: ReadonlyMap<string, unknown>,
): Promise<Outcome> {
  const parsed = scenarioSchema.safeParse(content);
  if (!parsed.success) return { name, title: '', orders: 0, failures: [z.prettifyError(parsed.error)] };
  const scenario = parsed.data;
  const orders = toOrders(scenario.permute);
  const failures: string[] = [];
  for (const [index, order] of orders.entries()) {
    const steps = inOrder(scenario, order);
    const found = await playOnce({ ...scenario, steps: [...steps] }, policies, index > 0);
    failures.push(...found.map((failure) => (index === 0 ? failure : `${order.join(', ')}: ${failure}`)));
  }
  return { name, title: scenario.title, orders: orders.length, failures };
}

/** All orders of some ids, as they are written first. */
function toOrders(ids: readonly string[]): readonly (readonly string[])[] {
  if (ids.length < 2) return [ids];
  return ids.flatMap((id) => toOrders(ids.filter((other) => other !== id)).map((rest) => [id, ...rest]));
}

/** The steps with these events in another order, in the same moments. */
function inOrder({ permute, steps }: Scenario, order: readonly string[]): readonly Step[] {
  const isMoved = ({ hr }: Step) => hr !== undefined && permute.includes(hr.eventId);
  const events = new Map(steps.filter(isMoved).map(({ hr }) => [hr?.eventId, hr]));
  let place = 0;
  return steps.map((step) => {
    if (!isMoved(step)) return step;
    const hr = events.get(order[place]);
    place += 1;
    return { ...step, hr };
  });
}

async function playOnce(
  scenario: Scenario,
  policies: ReadonlyMap<string, unknown>,
  onlyAlways: boolean,
): Promise<readonly string[]> {
  const world = await createRoomsWorld(scenario, policies);
  const failures: string[] = [];
  try {
    for (const step of scenario.steps) {
      await world.passUntil(Date.parse(step.at));
      if (step.expect === undefined) await world.act(step);
      else if (step.expect.always || !onlyAlways)
        failures.push(
          ...compare(step.expect, await world.observe(step.expect.person)).map(
            (text) => `${step.at} ${text}`,
          ),
        );
    }
  } catch (error) {
    failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await world.stop();
  }
  return failures;
}

const LISTS = ['desired', 'asked', 'granted', 'held', 'open', 'overrides', 'kept', 'drift'] as const;

function compare(expected: Expectation, observed: Observed): readonly string[] {
  const toText = (ids: readonly string[]) => [...ids].sort().join(' ') || 'nothing';
  return [
    ...(expected.state === undefined || expected.state === observed.state
      ? []
      : [`state is ${observed.state}, not ${expected.state}`]),
    ...LISTS.flatMap((list) => {
      const wanted = expected[list];
      if (wanted === undefined || toText(wanted) === toText(observed[list])) return [];
      return [`${list} is ${toText(observed[list])}, not ${toText(wanted)}`];
    }),
    ...(expected.why ?? []).flatMap((text) =>
      observed.why.includes(text) ? [] : [`why does not say "${text}":\n${observed.why}`],
    ),
  ];
}
