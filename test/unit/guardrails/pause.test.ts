import { expect, test } from '@jest/globals';
import { createReadPause, type PauseState, type StoredPause } from '../../../src/guardrails/pause.ts';

const START = new Date('2026-11-24T12:00:00Z').getTime();

/** Instances that share a stored pause and a clock. */
function createInstances() {
  let now = START;
  let stored: StoredPause | undefined;
  let isAway = false;
  const store = {
    read: async () => {
      if (isAway) throw new Error('storage is away');
      return stored;
    },
    write: async (pause: PauseState) => {
      stored = { ...pause, version: '1' };
      return stored;
    },
  };
  return {
    start: () => createReadPause({ store, clock: () => new Date(now) }),
    write: store.write,
    pass: (ms: number) => {
      now += ms;
    },
    takeAway: (away: boolean) => {
      isAway = away;
    },
  };
}

test('each instance honours a pause within 30 seconds, and one that starts meanwhile at once', async () => {
  const { start, write, pass } = createInstances();
  const running = start();
  expect(await running()).toEqual({ paused: false });
  await write({ paused: true });
  expect(await start()()).toMatchObject({ paused: true });
  pass(30_000);
  expect(await running()).toMatchObject({ paused: true });
  await write({ paused: false });
  pass(30_000);
  expect(await running()).toMatchObject({ paused: false });
});

test('an instance whose clock is set back reads the pause again', async () => {
  const { start, write, pass } = createInstances();
  const running = start();
  await running();
  await write({ paused: true });
  pass(-3_600_000);
  expect(await running()).toMatchObject({ paused: true });
});

test('an instance that cannot read the pause does not know it, and reads it again at once', async () => {
  const { start, write, takeAway } = createInstances();
  const running = start();
  takeAway(true);
  await expect(running()).rejects.toThrow('storage is away');
  takeAway(false);
  await write({ paused: true });
  expect(await running()).toMatchObject({ paused: true });
});
