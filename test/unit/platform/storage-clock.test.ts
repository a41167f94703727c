import { expect, test } from '@jest/globals';
import { createStorageClock } from '../../../src/platform/storage-clock.ts';

const START_MS = Date.parse('2026-11-24T12:00:00.700Z');

/** Storage, and an instance whose clock is ahead of it; both go on only when told. */
function createPair(aheadMs: number) {
  let [storageMs, ahead] = [START_MS, aheadMs];
  const instanceMs = () => storageMs + ahead;
  const clock = createStorageClock(instanceMs);
  return {
    clock,
    setAhead: (byMs: number) => {
      ahead = byMs;
    },
    goOn: (ms: number) => {
      storageMs += ms;
    },
    /** How far the clock is from storage's. */
    errorMs: () => Math.abs(clock.now().getTime() - storageMs),
    call(toStorageMs: number, backMs: number) {
      const sentAtMs = instanceMs();
      storageMs += toStorageMs;
      const date = new Date(storageMs).toUTCString();
      storageMs += backMs;
      clock.learn({ date, sentAtMs, receivedAtMs: instanceMs() });
    },
  };
}

test.each([0, 20, 900, -900, 2_000, -5_000, 20_000, -3_600_000, 86_400_000])(
  'a clock that is %d ms ahead has the time of storage to a second after one answer, and better after many',
  (aheadMs) => {
    const pair = createPair(aheadMs);
    pair.call(20, 30);
    expect(pair.errorMs()).toBeLessThanOrEqual(1_050);
    for (let call = 0; call < 100; call += 1) {
      pair.goOn(137);
      pair.call(5 + (call % 7), 10 + (call % 5));
    }
    expect(pair.errorMs()).toBeLessThanOrEqual(120);
    expect(Math.abs(pair.clock.aheadMs() - aheadMs)).toBeLessThanOrEqual(120);
  },
);

test('a slow answer makes a clock that is known no worse', () => {
  const pair = createPair(20_000);
  for (let call = 0; call < 100; call += 1) {
    pair.goOn(137);
    pair.call(5, 5);
  }
  pair.call(9_000, 50);
  pair.call(50, 9_000);
  expect(pair.errorMs()).toBeLessThanOrEqual(150);
});

test.each([30_000, -30_000, 1_500, -1_500])(
  'a clock that is set by %d ms is followed at the next answer',
  (byMs) => {
    const pair = createPair(0);
    for (let call = 0; call < 20; call += 1) {
      pair.goOn(137);
      pair.call(5, 5);
    }
    pair.setAhead(byMs);
    pair.goOn(60_000);
    pair.call(5, 5);
    expect(pair.errorMs()).toBeLessThanOrEqual(1_010);
  },
);

test('a clock that drifts is followed', () => {
  const pair = createPair(0);
  for (let minute = 1; minute <= 500; minute += 1) {
    pair.setAhead(minute * 10);
    pair.goOn(59_861);
    pair.call(5, 5);
  }
  expect(pair.errorMs()).toBeLessThanOrEqual(1_010);
});

test('a right clock is left as it is', () => {
  const pair = createPair(0);
  for (let call = 0; call < 200; call += 1) {
    pair.goOn(977);
    pair.call(call % 40, call % 60);
    expect(pair.clock.aheadMs()).toBe(0);
  }
});

test('an answer without a time, or whose call began after it, says nothing', () => {
  const { clock } = createPair(20_000);
  for (const date of [undefined, '', 'yesterday']) clock.learn({ date, sentAtMs: 0, receivedAtMs: 1 });
  clock.learn({ date: 'Tue, 24 Nov 2026 12:00:00 GMT', sentAtMs: 2_000, receivedAtMs: 1_000 });
  expect(clock.aheadMs()).toBe(0);
  expect(clock.learnedAtMs()).toBeUndefined();
});
