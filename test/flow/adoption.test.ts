import { expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { addPerson, give } from '../../infra/local/webex/organization.ts';
import { run as runBuilt } from '../built.ts';
import { createJoiners, MESSAGING } from './joiners.ts';
import { until } from './until.ts';
import { json, key, useApp } from './use-app.ts';

/** People who had licenses before the app, and what becomes of them by an adoption, in the built app. */
const app = useApp({
  settings: {
    ...{ RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1', INVENTORY_ASSIGNMENTS: 'off' },
    ADOPT_ON_FIRST_RUN: 'on',
  },
});
const { stack, simulator } = app;
const { saveAndSweep, sweep, held, sweepUntilHeld } = createJoiners(app);
const LONG_MS = 180_000;
const MEETINGS = 'Webex Meetings Suite';
const BOTH = `${MESSAGING}, ${MEETINGS}`;
const RULES = `version: 1
rules:
  - { name: sales, when: { attribute: department, equals: Sales }, licenses: [${MESSAGING}] }
leavers:
  - { name: at once, reclaim: granted }
`;
const MANAGING = `${RULES}manages: [${MESSAGING}, { name: ${MEETINGS}, subscriptionId: Sub100448 }]\n`;

const seatline = async (...args: string[]) =>
  runBuilt('cli/seatline.js', args, { SEATLINE_URL: stack().apiUrl }).ended;
async function call(method: string, path: string, body?: object) {
  const headers = body ? json : key;
  const response = await fetch(`${stack().apiUrl}/${path}`, {
    ...{ method, headers, ...(body && { body: JSON.stringify(body) }) },
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined, headers: response.headers };
}
const tell = async (type: string, id: string, email: string, more: object = {}) => {
  const event = { type, employee: { id, email }, ...more };
  expect(await sendWebhook(stack().apiUrl, signStandard(event, new Date()))).toMatchObject({ status: 200 });
};
const untilState = (email: string, state: string) =>
  until(`${email} ${state}`, async () => {
    const { body } = await call('GET', `people/${email}`);
    return body?.state === state ? body : undefined;
  });
const idOf = (name: string) => {
  const found = [...simulator().organization().licenses.values()].find((license) => license.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found.id;
};
/** Somebody who had both licenses before the app. */
function addHolder(name: string): string {
  const email = `${name}@example.com`;
  const licenses = [idOf(MESSAGING), idOf(MEETINGS)];
  addPerson(simulator().organization(), { email, licenses, created: '2015-03-02T08:00:00.000Z' });
  return email;
}

test('an adoption is refused where nothing can be adopted, and says why', async () => {
  const start = () => call('POST', 'adoptions');
  await saveAndSweep(RULES, /policy-in-force/);
  expect(await start()).toMatchObject({ status: 409, body: { title: 'The policy manages no license' } });
  await saveAndSweep(MANAGING, /policy-in-force/);
  expect(await start()).toMatchObject({
    status: 409,
    body: { title: 'No inventory run has read the people yet' },
  });
  expect(await call('POST', 'adoptions', { dryrun: true })).toMatchObject({ status: 400 });
  expect(await call('GET', 'adoptions/none')).toMatchObject({ status: 404 });
  expect(await seatline('adopt')).toMatchObject({
    code: 1,
    err: expect.stringContaining('seatline inventory run'),
  });
}, 120_000);

test('with ADOPT_ON_FIRST_RUN, the first inventory run leads to an adoption, and the next one does not', async () => {
  const [early, late] = [addHolder('early'), addHolder('late')];
  simulator().organization().people.delete(late);
  await tell('leaver', '11', early, { effective: '2026-01-31' });
  await untilState(early, 'left');
  expect(await seatline('inventory', 'run', '--wait')).toMatchObject({ code: 0 });
  await sweepUntilHeld(early, '', LONG_MS);

  addHolder('late');
  await tell('leaver', '12', late, { effective: '2026-01-31' });
  await untilState(late, 'left');
  expect(await seatline('inventory', 'run', '--wait')).toMatchObject({ code: 0 });
  for (let sweeps = 0; sweeps < 3; sweeps += 1) {
    await sweep();
    const { out } = await seatline('adopt', '--dry-run');
    expect(out).toContain('licenses of 1 would be theirs');
  }
  expect(held(late)).toBe(BOTH);
  expect(app.logged.filter((line) => line.includes('first-adoption-began'))).toHaveLength(1);
}, 600_000);

test('by an adoption those who left before it lose what the policy manages, and those who work keep it', async () => {
  const [worker, mover, leaver, later] = ['worker', 'mover', 'leaver', 'later'].map(addHolder) as [
    ...[string, string, string, string],
  ];
  // The address of somebody who left has been given to another person since.
  const again = 'again@example.com';
  addPerson(simulator().organization(), { email: again, licenses: [idOf(MESSAGING)] });
  await tell('leaver', '5', again, { effective: '2020-01-31' });
  await tell('mover', '1', worker, { attributes: { department: 'Support' } });
  await tell('mover', '2', mover, { attributes: { department: 'Sales' } });
  await tell('leaver', '3', leaver, { effective: '2020-01-31' });
  await untilState(worker, 'employed');
  await untilState(mover, 'employed');
  await untilState(leaver, 'left');
  expect(await seatline('inventory', 'run', '--wait')).toMatchObject({ code: 0 });

  const dry = await seatline('adopt', '--dry-run');
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.out).toContain('leavers   1 would lose something now, 0 later');
  expect(dry.out).toMatch(/leaver@example\.com {2}left\n {4}Advanced Messaging {2}− loses it/);
  expect(dry.out).toContain('1 by an address that is of another person, or without one');
  for (const email of [worker, mover, leaver, later]) expect(held(email)).toBe(BOTH);

  const started = await call('POST', 'adoptions', { dryRun: false, reason: 'first day' });
  const address = started.headers.get('location')?.replace('/api/', '') ?? '';
  expect(started).toMatchObject({ status: 202, body: { dryRun: false } });
  const ended = await until(
    'the adoption',
    async () => {
      const { body } = await call('GET', address);
      return body.state === 'done' ? body : undefined;
    },
    LONG_MS,
  );
  expect(ended.result).toMatchObject({
    // The two of the test before are no longer at Webex.
    people: { lose: 1, notFound: 2 },
    licenses: expect.arrayContaining([expect.objectContaining({ name: MESSAGING, lose: 1 })]),
  });
  const shown: { person: { email: string }; state: string }[] = [];
  for (let query = ''; ; ) {
    const { body } = await call('GET', `${address}/people${query}`);
    shown.push(...body.items);
    if (body.next === undefined) break;
    query = body.next;
  }
  expect(shown.find(({ person }) => person.email === later)).toMatchObject({ state: 'unknown' });
  await sweepUntilHeld(leaver, '', LONG_MS);

  // HR speaks of a leaver after the adoption.
  await tell('leaver', '4', later, { effective: '2020-01-31' });
  await sweepUntilHeld(later, '', LONG_MS);
  expect([held(worker), held(mover)]).toEqual([BOTH, BOTH]);
  const { body } = await call('GET', `people/${worker}`);
  expect(body.decisions).toContainEqual(
    expect.objectContaining({ action: 'keep', why: 'adopted', granted: 'adoption' }),
  );
  expect((await seatline('adopt', '--dry-run')).out).toContain('licenses of 0 would be theirs');
  expect((await seatline('why', again)).out).toContain('leads to another person at Webex');
  expect(await seatline('reclaim', again)).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('leads to another one at Webex') },
  });
  expect(held(again)).toBe(MESSAGING);

  // What an administrator gives a leaver is taken by hand.
  const works = await seatline('reclaim', worker);
  expect(works).toMatchObject({ code: 1, err: expect.stringContaining('The person works') });
  const gone = simulator().organization().people.get(later);
  if (gone) give(simulator().organization(), gone, idOf(MEETINGS));
  const tried = await seatline('reclaim', later, '--dry-run');
  expect(tried.out).toContain(`− ${MEETINGS}`);
  expect(held(later)).toBe(MEETINGS);
  expect(await seatline('reclaim', later, '--reason', 'left long ago')).toMatchObject({ code: 0 });
  await sweepUntilHeld(later, '', LONG_MS);
  expect([held(worker), held(mover)]).toEqual([BOTH, BOTH]);

  expect((await call('DELETE', address)).status).toBe(204);
  expect((await call('GET', address)).status).toBe(404);
  expect((await call('GET', `${address}/people`)).status).toBe(404);
}, 600_000);
