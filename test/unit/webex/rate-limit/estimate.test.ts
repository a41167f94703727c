import { describe, expect, test } from '@jest/globals';
import { limit, toBacklogRate, toRate } from '../../../../src/webex/rate-limit/estimate.ts';
import { type LimitState, newLimitState } from '../../../../src/webex/rate-limit/limit-state.ts';
import { acquire } from '../../../../src/webex/rate-limit/token-bucket.ts';

const START_MS = Date.UTC(2026, 10, 25);
const at = (ms: number) => START_MS + ms;
/** Thirty calls a second, in the tenth second of a cycle. */
const state = (changes: Partial<LimitState> = {}): LimitState => ({
  ...newLimitState(START_MS, 30 / 1_000),
  cycle: 5,
  heldFromMs: at(0),
  countedFromMs: at(0),
  tokens: 0,
  tokensAtMs: at(10_000),
  taken: 300,
  ...changes,
});
const toPerSecond = (rate: number) => Math.round(rate * 100_000) / 100;
const ask = { instance: 'a', waiting: 24, interactive: 0 };

describe('the rate of a backlog', () => {
  test('is what a window let through with its pause, and not the speed at which it was used up', () => {
    // 300 calls in 6 s, and a pause to the end of the minute.
    const next = limit(state({ taken: 301 }), { cycle: 5, untilMs: at(60_000) }, at(6_000));
    expect(toPerSecond(toBacklogRate(next, at(6_000)))).toBe(5);
    expect(toPerSecond(toBacklogRate(next, at(60_000)))).toBe(5);
  });

  const minutes = (count: number) => at(count * 60_000);
  const before = { accepted: 1_000, atMs: minutes(1) };

  test('is a little more than was accepted since the last reading, where there was a 429 since then', () => {
    const limited = state({ accepted: 1_300, pausedUntilMs: minutes(2), heldFromMs: minutes(2) });
    expect(toPerSecond(toBacklogRate(limited, minutes(2), before))).toBe(5.5);
  });

  test('rises to the estimate from reading to reading, where no 429 follows', () => {
    // A single call was refused for a minute, after few.
    const refused = limit(state({ taken: 11 }), { cycle: 5, untilMs: minutes(1) }, at(1_000));
    expect(toPerSecond(toBacklogRate(refused, minutes(1)))).toBe(1);
    let known = { accepted: 0, atMs: minutes(1) };
    let rate = 1 / 1_000;
    for (let minute = 2; minute <= 15; minute += 1) {
      const accepted = known.accepted + rate * 60_000;
      rate = toBacklogRate({ ...refused, accepted }, minutes(minute), known);
      known = { accepted, atMs: minutes(minute) };
    }
    expect(rate).toBeGreaterThanOrEqual(refused.rate);
  });

  test('is not what was called for where few calls were made and none was refused', () => {
    const idle = state({ accepted: 1_002, last: { ...state().last, taken: 300, spanMs: 60_000 } });
    expect(toPerSecond(toBacklogRate(idle, minutes(2), before))).toBe(5);
  });

  test.each([
    ['hours without calls', { accepted: 1_300 }, { accepted: 1_000, atMs: minutes(-300) }],
    ['a count that version 0.1.0 has begun anew', { accepted: 20 }, before],
  ])('is that of the last cycle after %s', (_case, counted, earlier) => {
    const last = { ...state().last, taken: 300, spanMs: 60_000 };
    const limited = state({ ...counted, last, pausedUntilMs: minutes(2), heldFromMs: minutes(2) });
    expect(toPerSecond(toBacklogRate(limited, minutes(2), earlier))).toBe(5);
  });

  test('does not count calls that were answered 429', () => {
    const refused = limit(state({ accepted: 50 }), { cycle: 5, untilMs: at(11_000) }, at(10_000));
    expect(refused.accepted).toBe(49);
    expect(limit(refused, { cycle: 5, untilMs: at(11_000) }, at(10_500)).accepted).toBe(48);
  });

  test('is the estimate where little is known', () => {
    expect(toBacklogRate(newLimitState(START_MS), at(0))).toBe(50 / 1_000);
  });
});

describe('the estimate', () => {
  test('is held for 5.5 seconds, then grows faster and faster, to at most the double', () => {
    const rates = [0, 5_499, 5_500, 9_900, 14_300, 20_000, 60_000].map((ms) =>
      toPerSecond(toRate(state(), at(ms))),
    );
    expect(rates).toEqual([30, 30, 30.6, 32.4, 39.6, 60, 60]);
  });

  test('is a little below a rate that was refused while it grew', () => {
    const next = limit(state(), { cycle: 5, untilMs: at(11_000) }, at(10_000));
    expect(toPerSecond(next.rate)).toBe(toPerSecond(0.97 * toRate(state(), at(10_000))));
  });

  test('is what was accepted, where a rate was refused that had not grown', () => {
    // 80 calls in 4 s: a window that lets 20 a second pass.
    const first = limit(state({ taken: 84 }), { cycle: 5, untilMs: at(4_000) }, at(3_000));
    const late = [1, 2, 3].reduce((so) => limit(so, { cycle: 5, untilMs: at(4_000) }, at(3_050)), first);
    expect(toPerSecond(first.rate)).toBe(20.75);
    expect(toPerSecond(late.rate)).toBe(20);
  });

  test('loses two fifths at most by one 429, however little was accepted', () => {
    const next = limit(state({ taken: 12 }), { cycle: 5, untilMs: at(30_000) }, at(1_000));
    expect(toPerSecond(next.rate)).toBe(18);
  });

  test('is as it was after a 429 that came after a few calls: that may be chance', () => {
    const next = limit(state({ taken: 9 }), { cycle: 5, untilMs: at(2_000) }, at(1_000));
    expect(toPerSecond(next.rate)).toBe(30);
    expect(next.pausedUntilMs).toBe(at(2_000));
  });

  test('is lowered once by several calls of a cycle that are refused, and the longest pause counts', () => {
    const first = limit(state(), { cycle: 5, untilMs: at(11_000) }, at(10_000));
    const second = limit(first, { cycle: 5, untilMs: at(12_000) }, at(10_100));
    const older = limit(second, { cycle: 3, untilMs: at(11_500) }, at(10_200));
    expect(older.rate).toBe(first.rate);
    expect(older.pausedUntilMs).toBe(at(12_000));
    expect(older.cycle).toBe(6);
  });

  test('does not grow while nobody uses it up', () => {
    let idle = state();
    for (let minute = 1; minute <= 60; minute += 1) {
      idle = acquire(idle, { ...ask, waiting: 1 }, at(minute * 60_000)).state;
    }
    expect(toPerSecond(toRate(idle, at(3_600_000)))).toBeLessThan(40);
    expect(idle.taken).toBe(1);
  });

  test('grows while it is used up', () => {
    let busy = state();
    for (let second = 10; second <= 40; second += 0.2) busy = acquire(busy, ask, at(second * 1_000)).state;
    expect(toPerSecond(toRate(busy, at(40_000)))).toBeGreaterThan(60);
  });
});

describe('the token bucket', () => {
  test('gives an instance no more than it has calls for, and no more than a second holds', () => {
    const full = state({ tokensAtMs: at(0), tokens: 0, heldFromMs: at(9_000) });
    expect(acquire(full, { ...ask, waiting: 7 }, at(10_000))).toMatchObject({ count: 7, retryAtMs: 0 });
    expect(acquire(full, { ...ask, waiting: 200 }, at(10_000)).count).toBe(30);
  });

  test('gives nothing in a pause', () => {
    const paused = state({ tokens: 20, pausedUntilMs: at(12_000) });
    expect(acquire(paused, { ...ask, interactive: 24 }, at(10_000))).toMatchObject({
      count: 0,
      retryAtMs: at(12_000),
    });
  });

  test('lets four interactive calls go ahead of its tokens, which bulk calls then wait for', () => {
    const first = acquire(state(), { ...ask, interactive: 6 }, at(10_000));
    expect(first.count).toBe(4);
    expect(acquire(first.state, { ...ask, interactive: 1 }, at(10_000)).count).toBe(0);
    expect(acquire(first.state, ask, at(10_100)).count).toBe(0);
    expect(acquire(first.state, ask, at(10_200)).count).toBe(2);
  });

  test('is looked at less often by each of several instances', () => {
    const seen = Object.fromEntries(['b', 'c', 'd'].map((name) => [name, { seenAtMs: at(9_000) }]));
    const waitMs = (one: LimitState) => acquire(one, ask, at(10_000)).retryAtMs - at(10_000);
    expect(waitMs(state())).toBe(150);
    expect(waitMs(state({ instances: seen }))).toBe(600);
    expect(waitMs(state({ instances: { b: { seenAtMs: at(-30_000) } } }))).toBe(150);
  });
});
