import { describe, expect, test } from '@jest/globals';
import { createWait, isInTime } from '../../../../../infra/local/host/wait.ts';

const LONG_MS = 60_000;

describe('a wait', () => {
  test('ends early where it is woken, and the next one is a wait again', async () => {
    const wait = createWait();
    const first = wait.forMs(LONG_MS);
    wait.wake();
    await first;
    expect(await isInTime(wait.forMs(LONG_MS), 20)).toBe(false);
    wait.stop();
  });

  test('ends early where it is stopped, and so does each one after it', async () => {
    const wait = createWait();
    const first = wait.forMs(LONG_MS);
    wait.stop();
    await first;
    await wait.forMs(LONG_MS);
    expect(wait.isStopped).toBe(true);
  });
});
