import { expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { run } from '../built.ts';
import { BOTH, createJoiners, FOR_ENGINEERS, FOR_SALES, MESSAGING } from './joiners.ts';
import { renewLicense } from './renew-license.ts';
import { until } from './until.ts';
import { testPrivateLog, useApp } from './use-app.ts';

/** What requests changed is put back, by the command and the built app. */
const app = useApp({
  settings: {
    ...{ RETRY_BASE_SECONDS: '1', REMOVALS_PER_HOUR: '5', REMOVALS_PER_DAY: 'off' },
    CATALOGUE_MAX_AGE_SECONDS: '1',
  },
});
const { saveAndSweep, join, held, sweep, sweepUntilHeld, untilHeld } = createJoiners(app);
const LONG_MS = 180_000;
const LINE = 'Webex Calling - Professional';
const MEETINGS = 'Webex Meetings Suite';

const seatline = (...args: string[]) =>
  run('cli/seatline.js', args, { SEATLINE_URL: app.stack().apiUrl, SEATLINE_KEY: LOCAL_FUNCTION_KEY }).ended;
const read = async (path: string) => {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY };
  const response = await fetch(`${app.stack().apiUrl}${path}`, { headers });
  return { status: response.status, body: JSON.parse(await response.text()) };
};
const idOf = (name: string) => {
  const license = [...app.simulator().organization().licenses.values()].find((one) => one.name === name);
  if (license === undefined) throw new Error(`no license ${name}`);
  return license.id;
};
/** The name of an undo, by what the command printed. */
const toUndoId = (out: string) => /^undo-[0-9a-f]{12}/.exec(out)?.[0] ?? 'none';

const remove = (requestId: string, email: string, license: string, more: object = {}) => ({
  ...{ requestId, person: { email }, batch: 'clean', licenses: [{ license, operation: 'remove' }] },
  ...more,
});

test('a batch of removals is undone, and the undo is undone', async () => {
  for (const license of app.simulator().organization().licenses.values()) license.totalUnits += 50;
  const people = Array.from({ length: 7 }, (_, index) => `holder${index}@example.com`);
  for (const email of people)
    addPerson(app.simulator().organization(), { email, licenses: [idOf(MESSAGING)] });
  const line = 'line@example.com';
  addPerson(app.simulator().organization(), { email: line, licenses: [idOf(LINE)] });
  const never = 'never@example.com';
  addPerson(app.simulator().organization(), { email: never });
  expect(await seatline('inventory', 'run', '--wait')).toMatchObject({ code: 0 });

  const more = { allowCallingRemoval: true };
  await app.post({
    requests: [remove('clean-line', line, LINE, more), remove('clean-never', never, MESSAGING)],
  });
  for (const id of ['clean-line', 'clean-never']) await app.waitForState(id, 'succeeded');
  await app.post({ requests: people.map((email, index) => remove(`clean-${index}`, email, MESSAGING)) });
  const states = await Promise.all(
    people.map((_, index) => app.waitForState(`clean-${index}`, 'succeeded', 'waiting')),
  );
  const [first = '', ...lost] = people.filter((_, index) => states[index]?.state === 'succeeded');
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.length).toBeLessThan(6);
  await app.post({ requestId: 'newer', person: { email: first }, licenses: [{ license: MESSAGING }] });
  await app.waitForState('newer', 'succeeded');

  const since = new Date(Date.now() - 3_600_000).toISOString();
  const tried = await seatline('undo', '--batch', 'clean', '--dry-run', '--since', since);
  expect(tried).toMatchObject({
    code: 0,
    out: expect.stringContaining('a dry run of the undo of batch clean'),
  });
  expect(tried.out).toMatch(/since \d{4}-\d{2}-\d{2} \d{2}:\d{2} .+ \(\d{4}-\d{2}-\d{2}T[\d:.]+Z\)/);
  for (const email of lost) expect(held(email)).toBe('');
  expect((await read(`/batches/${toUndoId(tried.out)}`)).status).toBe(404);

  const { code, out } = await seatline('undo', '--batch', 'clean', '--reason', 'the wrong file', '--all');
  expect(code).toBe(0);
  const undoId = toUndoId(out);
  for (const email of lost) {
    await untilHeld(email, MESSAGING);
    expect(out).toMatch(new RegExp(`${email} {2}\\+ ${MESSAGING}`));
  }
  expect(out).toContain(
    `${line}  ${LINE} (Sub100448), removed by clean-line, is left: a Calling license comes with a number`,
  );
  expect(out).toContain(`${first}  ${MESSAGING}, removed by clean-`);
  expect(out).toContain('is left: a newer request decides about it (newer)');
  expect(out).toMatch(/never@example.com {2}.* is left: the person had it so before/);
  expect(out).toMatch(/clean-\d was open: cancelled/);
  expect(held(never)).toBe('');
  const { body: batch } = await until('the batch', async () => {
    const found = await read(`/batches/${undoId}`);
    return found.body.states.succeeded === lost.length ? found : undefined;
  });
  expect(batch).toMatchObject({ requests: lost.length });

  const shown = await seatline('undo', 'show', undoId);
  expect(shown.out).toContain(`seatline undo --batch ${undoId}`);
  expect(await seatline('undo', 'stop', undoId)).toMatchObject({
    code: 0,
    out: `${undoId}  done: ${lost.length} changes were put back\n`,
  });
  const again = await seatline('undo', '--batch', 'clean', '--json');
  expect(JSON.parse(again.out).result).toMatchObject({ putBack: 0, submitted: 0 });
  await seatline('undo', '--batch', undoId);
  for (const email of lost) await untilHeld(email, '');
}, 600_000);

test('a policy is undone, also after it has changed, and what is put back stands against it', async () => {
  await saveAndSweep(FOR_SALES, /policy-in-force/);
  const email = await join('Sales');
  await sweepUntilHeld(email, BOTH, LONG_MS);
  await saveAndSweep(FOR_ENGINEERS, /policy-in-force/);
  const { body } = await read('/policy');
  const { version } = body.inForce;
  await until(
    'the removal',
    async () => {
      await sweep();
      const { body: list } = await read(`/license-requests?person=${encodeURIComponent(email)}`);
      const of = list.items.find(
        (one: { origin?: { policyVersion?: string } }) => one.origin?.policyVersion === version,
      );
      if (of?.waiting?.for === 'needs-approval')
        await seatline('approve', of.requestId, '--reason', 'a test');
      return of?.state === 'succeeded' ? true : undefined;
    },
    LONG_MS,
  );
  expect(held(email)).toBe(MESSAGING);
  const when = '{ attribute: department, equals: Support }';
  const more = `  - { name: Support, when: ${when}, licenses: [${MESSAGING}] }`;
  await saveAndSweep(`${FOR_ENGINEERS}\n${more}`, /policy-in-force/);
  expect((await read('/policy')).body.inForce.version).not.toBe(version);

  expect(await seatline('undo', '--policy', version)).toMatchObject({
    code: 0,
    out: expect.stringContaining(`+ ${MEETINGS}`),
  });
  await untilHeld(email, BOTH);

  // HR speaks of the person again, and the policy looks at them again.
  const event = { type: 'mover', employee: { id: '1', email }, attributes: { department: 'Sales' } };
  const { eventKey } = await sendWebhook(app.stack().apiUrl, signStandard(event, new Date()));
  await until('the event', async () =>
    (await read(`/hr-events/${eventKey}`)).body.state === 'applied' ? true : undefined,
  );
  const why = await until('the override', async () => {
    const found = await seatline('why', email);
    return found.out.includes('override') ? found.out : undefined;
  });
  expect(why).toMatch(new RegExp(`override {2}add ${MEETINGS}`));
  expect(held(email)).toBe(BOTH);
}, 600_000);

test('a removal is left while its license is gone, and undone once it is renewed under another id', async () => {
  const organization = app.simulator().organization();
  const [suite] = [...organization.licenses.values()].filter(({ name }) => name === 'Webex Suite');
  if (suite === undefined) throw new Error('no license');
  const email = 'renewed@example.com';
  addPerson(organization, { email, licenses: [suite.id] });
  await app.post({ requests: [remove('renew-1', email, suite.id, { batch: 'renew' })] });
  const { state } = await app.waitForState('renew-1', 'succeeded', 'waiting');
  if (state === 'waiting') await seatline('approve', 'renew-1', '--reason', 'a test');
  await app.waitForState('renew-1', 'succeeded');
  const undo = (...more: string[]) => seatline('undo', '--batch', 'renew', '--assume-held', ...more);
  organization.licenses.delete(suite.id);
  await until('a catalogue without it', async () => {
    const { out } = await undo('--dry-run');
    return (
      /Webex Suite, removed by renew-1, would be left: the catalogue no longer has/.test(out) || undefined
    );
  });
  const renewed = renewLicense(organization, suite, 1);
  await until('the catalogue', async () =>
    (await undo()).out.includes(`${email}  + Webex Suite`) ? true : undefined,
  );
  await until('the license', () =>
    organization.people.get(email)?.licenses.has(renewed.id) ? true : undefined,
  );
}, 300_000);

test('an undo without a match says so, and one that cannot be read is refused', async () => {
  expect(await seatline('undo', '--batch', 'nothing-of-it')).toMatchObject({
    code: 1,
    out: expect.stringContaining('No request that is kept matches.'),
  });
  expect(await seatline('undo', '--batch', 'clean', '--since', 'tea time')).toMatchObject({
    code: 2,
    err: expect.stringContaining('"tea time" cannot be read: say a time of day such as 18:00'),
  });
  expect(await seatline('undo', '--batch', 'clean', '--source', 'hr')).toMatchObject({
    code: 2,
    err: expect.stringContaining('one of --source, --policy, --batch and --request'),
  });
  expect((await read('/undo/undo-000000000000')).status).toBe(404);
}, 300_000);

testPrivateLog(app.logged);
