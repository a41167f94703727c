import { test } from '@jest/globals';
import { BOTH, createJoiners, FOR_ENGINEERS, FOR_SALES, MESSAGING } from './joiners.ts';
import { until } from './until.ts';
import { useApp } from './use-app.ts';

/** A policy that is saved anew, and a process that is killed while people are looked at again. */
const app = useApp({ settings: { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1' } });
const { saveAndSweep, join, held, untilHeld, sweepUntilHeld } = createJoiners(app);

/** The lease of a dead holder lasts a minute. */
const RECOVERY_MS = 300_000;

test('a policy that is saved anew reaches everybody, also where the process is killed while it does', async () => {
  await saveAndSweep(FOR_SALES, /policy-in-force/);
  const sellers = await Promise.all(Array.from({ length: 20 }, () => join('Sales')));
  const engineers = await Promise.all(Array.from({ length: 20 }, () => join('Engineering')));
  for (const email of sellers) await untilHeld(email, BOTH);
  for (const email of engineers) await untilHeld(email, MESSAGING);
  await saveAndSweep(FOR_ENGINEERS, /policy-in-force/);
  await until('the first who gains', async () => {
    await app.run('sweep');
    return engineers.find((email) => held(email) === BOTH);
  });
  app.stack().host.crashWorker();
  for (const email of engineers) await sweepUntilHeld(email, BOTH, RECOVERY_MS);
  for (const email of sellers) await sweepUntilHeld(email, MESSAGING, RECOVERY_MS);
}, 360_000);
