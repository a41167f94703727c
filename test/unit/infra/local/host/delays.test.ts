import { describe, expect, test } from '@jest/globals';
import { toPollDelayMs } from '../../../../../infra/local/host/poll-delay.ts';
import { toRestartDelayMs } from '../../../../../infra/local/host/restart-delay.ts';

describe('the delay', () => {
  test('before an empty queue is polled again doubles up to the maximum', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((misses) => toPollDelayMs(misses, 2_000, () => 0.5));
    expect(delays).toEqual([100, 200, 300, 500, 900, 1_700, 2_000]);
  });

  test('of a poll varies by a fifth, and stays within its bounds', () => {
    expect(toPollDelayMs(3, 2_000, () => 0)).toBe(260);
    expect(toPollDelayMs(3, 2_000, () => 1)).toBe(340);
    expect(toPollDelayMs(10_000, 2_000, () => 1)).toBe(2_000);
    expect(toPollDelayMs(5, 1, () => 0)).toBe(100);
  });

  test('before a worker is started again is none at first, and grows to five seconds', () => {
    const delays = [1, 2, 3, 4, 8, 1_000].map(toRestartDelayMs);
    expect(delays).toEqual([0, 100, 200, 400, 5_000, 5_000]);
  });
});
