import { expect, test } from '@jest/globals';
import { toAsLongAgainMs, toBackoffMs } from '../../../src/platform/backoff.ts';

const toDelays = (attempts: readonly number[], more: Partial<Parameters<typeof toBackoffMs>[0]> = {}) =>
  attempts.map((attempt) => toBackoffMs({ attempt, baseMs: 100, capMs: 1_000, ...more }));

test('a delay doubles with each attempt, up to its cap, however many there were', () => {
  expect(toDelays([1, 2, 3, 4, 5, 5_000])).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  expect(toDelays([1, 2, 3], { factor: 5 })).toEqual([100, 500, 1_000]);
  expect(toDelays([0, -3])).toEqual([100, 100]);
});

test('a share of a delay is left to chance, and never more than that', () => {
  expect(toDelays([2], { jitter: 0.5, random: () => 0 })).toEqual([100]);
  expect(toDelays([2], { jitter: 0.5, random: () => 0.5 })).toEqual([150]);
  expect(toDelays([9], { jitter: 1, random: () => 0 })).toEqual([0]);
  expect(toDelays([9], { jitter: 1, random: () => 0.999 })).toEqual([999]);
});

test('where attempts are not counted, the delay is as long again as it has lasted', () => {
  expect([0, 100, 250, 5_000].map((lastedMs) => toAsLongAgainMs(lastedMs, 100, 1_000))).toEqual([
    100, 100, 250, 1_000,
  ]);
});
