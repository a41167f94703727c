import { expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { run } from '../built.ts';
import { BOTH, createJoiners, FOR_ENGINEERS, FOR_SALES, MESSAGING } from './joiners.ts';
import { until } from './until.ts';
import { useApp } from './use-app.ts';

/** A new policy as a job that an operator sees and steers, in the built app and by the built command. */
const app = useApp({
  settings: {
    RETRY_BASE_SECONDS: '1',
    PERSON_NOT_FOUND_DELAYS_SECONDS: '1',
    REMOVALS_PER_HOUR: '1',
    REMOVALS_PER_DAY: 'off',
  },
});
const { sweep, saveAndSweep, join, held, sweepUntilHeld } = createJoiners(app);

const LONG_MS = 180_000;

const seatline = (...args: string[]) =>
  run('cli/seatline.js', args, { SEATLINE_URL: app.stack().apiUrl, SEATLINE_KEY: LOCAL_FUNCTION_KEY }).ended;
const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
const status = async () => {
  const response = await fetch(`${app.stack().apiUrl}/policy`, { headers });
  return JSON.parse(await response.text());
};
const sweepUntil = (state: string) =>
  until(
    state,
    async () => {
      await sweep();
      const found = await status();
      return found.reevaluation.state === state ? found : undefined;
    },
    LONG_MS,
  );
const readTrail = async () => {
  const container = await app.storage().container(CONTAINERS.audit);
  const texts: string[] = [];
  for await (const { name } of container.listBlobsFlat())
    texts.push((await container.getBlobClient(name).downloadToBuffer()).toString('utf8'));
  return texts.join('');
};

test('an operator sees a new policy, stops its way to everybody, and lets it go on; putting the old one back cancels what waits', async () => {
  await saveAndSweep(FOR_SALES, /policy-in-force/);
  const sellers = [await join('Sales'), await join('Sales'), await join('Sales')];
  const engineer = await join('Engineering');
  for (const email of sellers) await sweepUntilHeld(email, BOTH, LONG_MS);
  await sweepUntilHeld(engineer, MESSAGING, LONG_MS);
  const before = await sweepUntil('done');
  expect(before).toMatchObject({
    inForce: { version: expect.stringMatching(/^[0-9a-f]{12}$/), rules: 2, leaverRules: 0 },
    reevaluation: { policyVersion: before.inForce.version },
  });

  // Stopped before the first sweep has seen it: the stop is of the policy that is in force now.
  const container = await app.storage().container(CONTAINERS.policy);
  await container.getBlockBlobClient('policy.yaml').upload(FOR_ENGINEERS, Buffer.byteLength(FOR_ENGINEERS));
  const stopped = await seatline('policy', 'stop', '--reason', 'first let us look');
  expect(stopped).toMatchObject({ code: 0, out: expect.stringContaining('(first let us look)') });
  await app.run('sweep');
  const held0 = await status();
  expect(held0).toMatchObject({
    reevaluation: { state: 'stopped', sent: 0, stopped: { by: { channel: 'http' } } },
  });
  expect(held0.inForce.version).not.toBe(before.inForce.version);
  expect(held(engineer)).toBe(MESSAGING);
  app.stack().host.crashWorker();
  await until('the process that starts', async () =>
    (await status().catch(() => ({}))).inForce ? true : undefined,
  );
  expect(await status()).toMatchObject({ reevaluation: { state: 'stopped' } });

  expect((await seatline('policy', 'continue', '--reason', 'as agreed')).code).toBe(0);
  await sweepUntilHeld(engineer, BOTH, LONG_MS);
  const waits = await until(
    'two who wait',
    async () => {
      const found = await status();
      return found.needsApproval?.requests === 2 ? found : undefined;
    },
    LONG_MS,
  );
  expect(waits).toMatchObject({
    reevaluation: { state: 'done', sent: 4 },
    needsApproval: { cause: `policy-${waits.inForce.version}` },
  });
  expect((await seatline('policy', 'status')).out).toContain(
    `seatline approve policy-${waits.inForce.version} --reason`,
  );

  await saveAndSweep(FOR_SALES, /policy-in-force/);
  await until(
    'none who waits for the new policy',
    async () => {
      await sweep();
      const response = await fetch(`${app.stack().apiUrl}/approvals`, { headers });
      const { items } = JSON.parse(await response.text());
      // The old policy takes from the engineer, which waits in its turn.
      return items.some(({ cause }: { cause: string }) => cause === waits.needsApproval.cause)
        ? undefined
        : true;
    },
    LONG_MS,
  );
  for (const email of sellers) await sweepUntilHeld(email, BOTH, LONG_MS);
  await sweepUntilHeld(engineer, BOTH, LONG_MS);

  const trail = await readTrail();
  expect(trail).toContain('"act":"stop-policy"');
  expect(trail).toContain('"act":"continue-policy"');
}, 400_000);

test('a policy that cannot be read is refused with its line, and the one before stays in force', async () => {
  const { inForce } = await status();
  await saveAndSweep('version: 1\nrules: everything', /policy-refused/);
  expect(await status()).toMatchObject({
    inForce: { version: inForce.version },
    refused: { problems: [expect.stringContaining('line 2: rules')] },
  });
  expect((await seatline('policy', 'status')).out).toContain('refused  line 2: rules');
});
