import { beforeEach, describe, expect, test } from '@jest/globals';
import { BOTH, createJoiners, FOR_ENGINEERS, FOR_SALES, MESSAGING } from './joiners.ts';
import { until } from './until.ts';
import { useApp } from './use-app.ts';

/** A policy that is saved anew while people have licenses by the one before, in the built app. */
const app = useApp({ settings: { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1' } });
const { stack, simulator } = app;
const { saveAndSweep, join, held, untilHeld, sweepUntilHeld } = createJoiners(app);

beforeEach(() => saveAndSweep(FOR_SALES, /policy-in-force/));

describe('a policy that is saved anew', () => {
  test('gives and takes where it says something else of a person, and leaves the others alone', async () => {
    const [seller, engineer, clerk] = [await join('Sales'), await join('Engineering'), await join('Office')];
    await untilHeld(seller, BOTH);
    await untilHeld(engineer, MESSAGING);
    await untilHeld(clerk, MESSAGING);
    await saveAndSweep(FOR_ENGINEERS, /policy-in-force/);
    await sweepUntilHeld(engineer, BOTH);
    await sweepUntilHeld(seller, MESSAGING);
    expect(held(clerk)).toBe(MESSAGING);
    const patches = simulator()
      .requests()
      .filter(({ method }) => method === 'PATCH');
    expect(patches).toHaveLength(5);
  });

  test('and cannot be read leaves the last good one in force, also for a process that starts then', async () => {
    const before = await join('Sales');
    await untilHeld(before, BOTH);
    await saveAndSweep('version: 1\nrules: everything', /policy-refused/);
    const during = await join('Sales');
    await untilHeld(during, BOTH);
    stack().host.crashWorker();
    const after = await until('the process that starts', () => join('Sales').catch(() => undefined));
    await untilHeld(after, BOTH);
    expect(held(before)).toBe(BOTH);
  });
});
