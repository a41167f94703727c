import { expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import * as z from 'zod';
import { LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { driftFileSchema } from '../../src/inventory/schemas/drift.ts';
import { run } from '../built.ts';
import { createJoiners, MESSAGING } from './joiners.ts';
import { until } from './until.ts';
import { json, key, testPrivateLog, useApp } from './use-app.ts';

/** Hands at Webex, an inventory run, and the repair of what they took, in the built app. */
const POLICY = [
  'version: 1',
  `manages: [${MESSAGING}, Webex Webinars 1000]`,
  `rules: [{ name: everybody, licenses: [${MESSAGING}] }]`,
].join('\n');
const app = useApp({ settings: { DRIFT_REPAIR: 'add' } });
const { stack, simulator } = app;
const { saveAndSweep, join, untilHeld } = createJoiners(app);

const lineSchema = z.object({
  kind: z.string(),
  license: z.string(),
  why: z.string(),
  repair: z.string().optional(),
});
const pageSchema = z.object({
  items: z.array(lineSchema.extend({ person: z.object({ email: z.string().optional() }) })),
});

async function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const answer = await fetch(`${stack().apiUrl}${path}`, { headers: key });
  return schema.parse(await answer.json());
}

const seatline = async (...args: readonly string[]) =>
  (await run('cli/seatline.js', args, { SEATLINE_URL: stack().apiUrl }).ended).out;

const idOf = (name: string) =>
  [...simulator().organization().licenses.values()].find((one) => one.name === name)?.id ?? '';

/** An admin changes a person at Webex, and not through Seatline. */
async function byHand(email: string, operation: 'add' | 'remove', license: string): Promise<void> {
  const answer = await fetch(`${simulator().apiUrl}/licenses/users`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${LOCAL_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email, licenses: [{ id: idOf(license), operation }] }),
  });
  expect(answer.status).toBe(200);
}

async function startInventory(): Promise<string> {
  const answer = await fetch(`${stack().apiUrl}/inventory/runs`, { method: 'POST', headers: json });
  return z.object({ runId: z.string() }).parse(await answer.json()).runId;
}

const untilPublished = (runId: string) =>
  until(`the run ${runId}`, async () => {
    const { state } = await get(`/inventory/runs/${runId}`, z.object({ state: z.string() }));
    return state === 'complete' ? state : undefined;
  });

const drift = () => get('/drift', driftFileSchema);
const driftOf = async (email: string, query = '') =>
  (await get(`/drift/people${query}`, pageSchema)).items.filter(({ person }) => person.email === email);
const untilTold = (email: string, words: string) =>
  until(`"${words}" of ${email}`, async () =>
    (await seatline('why', email)).includes(words) ? true : undefined,
  );

test('no drift is shown before a run, and the command says why', async () => {
  const answer = await fetch(`${stack().apiUrl}/drift`, { headers: key });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/start one with POST/) });
  const wrong = await fetch(`${stack().apiUrl}/drift/people?kind=odd`, { headers: key });
  expect(wrong.status).toBe(400);
});

test('what an admin takes is shown, and given back once', async () => {
  await saveAndSweep(POLICY, /policy-in-force/);
  const email = await join('Office');
  await untilHeld(email, MESSAGING);
  await untilTold(email, 'has it');

  await byHand(email, 'remove', MESSAGING);
  await byHand(email, 'add', 'Webex Webinars 1000');
  const runId = await startInventory();
  await untilPublished(runId);

  const found = await drift();
  expect(found).toMatchObject({ state: 'computed', runId, kinds: { missing: { licenses: 1 } } });
  expect(found.repair).toEqual({ mode: 'add', asked: 1, left: 0 });
  expect(await driftOf(email)).toEqual([
    expect.objectContaining({ kind: 'missing', license: MESSAGING, why: 'rule everybody', repair: 'asked' }),
    expect.objectContaining({ kind: 'extra', license: 'Webex Webinars 1000' }),
  ]);
  expect(
    await driftOf(email, `?kind=extra&license=${encodeURIComponent('webex webinars 1000')}`),
  ).toHaveLength(1);
  expect(await driftOf(email, '?kind=leaver-licensed')).toEqual([]);
  const said = await seatline('drift', '--kind', 'missing');
  expect(said).toContain(`${email}  missing  ${MESSAGING}  (rule everybody; repair is asked for)`);
  expect(said).not.toContain('Webex Webinars 1000');

  await untilHeld(email, MESSAGING);
  await untilTold(email, 'given back once by drift repair');
  expect(await seatline('list', '--source', 'drift')).toMatch(/hr-\S+ +succeeded/);

  await byHand(email, 'remove', MESSAGING);
  await untilPublished(await startInventory());
  expect(await driftOf(email, '?kind=missing')).toEqual([expect.objectContaining({ repair: 'left' })]);
  const again = await drift();
  expect(again).toMatchObject({ kinds: { missing: { licenses: 1, change: 0 } }, previousRun: { runId } });
  expect(again.repair).toEqual({ mode: 'add', asked: 0, left: 1 });
  await untilHeld(email, '');
});

testPrivateLog(app.logged);
