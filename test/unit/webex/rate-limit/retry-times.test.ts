import { describe, expect, test } from '@jest/globals';
import { type LimitState, newLimitState } from '../../../../src/webex/rate-limit/limit-state.ts';
import { createRetryTimes } from '../../../../src/webex/rate-limit/retry-times.ts';

const AT_MS = Date.UTC(2026, 10, 25);
/** Webex let five calls a second through. */
const fivePerSecond: LimitState = {
  ...newLimitState(AT_MS),
  last: { taken: 300, refused: 0, spanMs: 60_000, rate: 5 / 1_000, hadGrown: false },
};
const SPACING_MS = 160;

describe('calls that got no permit come again', () => {
  test('one after the other at the rate that Webex let through', () => {
    const toRetryMs = createRetryTimes(() => fivePerSecond);
    const times = [1, 2, 3].map(() => toRetryMs(AT_MS, 'bulk') - AT_MS);
    expect(times).toEqual([0, SPACING_MS, 2 * SPACING_MS]);
  });

  test('all at once where no rate is known', () => {
    const toRetryMs = createRetryTimes(() => undefined);
    expect([1, 2, 3].map(() => toRetryMs(AT_MS, 'bulk'))).toEqual([AT_MS, AT_MS, AT_MS]);
  });

  test('within a minute where they are young, also behind a backlog of many', () => {
    const toRetryMs = createRetryTimes(() => fivePerSecond);
    for (let count = 0; count < 2_000; count += 1) toRetryMs(AT_MS, 'bulk');
    expect(toRetryMs(AT_MS, 'interactive')).toBe(AT_MS);
  });

  test('spread with the backlog, where more young ones wait than a minute lets through', () => {
    const toRetryMs = createRetryTimes(() => fivePerSecond);
    const delays = Array.from({ length: 4_000 }, () => toRetryMs(AT_MS, 'interactive') - AT_MS);
    const soon = delays.filter((delayMs) => delayMs <= 60_000);
    expect(soon.length).toBeLessThan(1_300);
    expect(Math.max(...delays)).toBeLessThanOrEqual(10 * 60_000);
    const later = toRetryMs(AT_MS + 60_000, 'interactive') - AT_MS;
    expect(later).toBeLessThanOrEqual(120_000);
  });
});
