import { describe, expect, test } from '@jest/globals';
import { createPace } from '../../../../src/webex/pace/pacer.ts';
import { reserve } from '../../../../src/webex/pace/reserve.ts';
import type { PaceStore, StoredPace } from '../../../../src/webex/pace/shared.ts';
import { newPaceState, type PaceState } from '../../../../src/webex/pace/state.ts';
import { isPermit } from '../../../../src/webex/pace.ts';
import { createVirtualTime } from './virtual-time.ts';

/** A server that was taken for a bucket, and was hardly called since: what passed says little of what would pass. */
const START = Date.UTC(2026, 10, 24);
const slow = (instances: number, spanMs: number): PaceState => ({
  ...newPaceState(START),
  isBucket: true,
  cycle: 9,
  cycles: [1, 2, 3].map((cycle) => ({
    cycle,
    isGuess: false,
    accepted: 2,
    spanMs,
    pauseMs: 1_000,
    periodMs: spanMs + 1_000,
  })),
  instances: Object.fromEntries(
    Array.from({ length: instances }, (_, index) => [
      `instance-${index}`,
      { seenAtMs: START, holdsUntilMs: 0 },
    ]),
  ),
});

describe('a bucket that was hardly called', () => {
  test.each([
    [1, 1_000, 100_000],
    [3, 1_000, 100_000],
    [1, 30_000, 100_000],
    [3, 30_000, 100_000],
    [3, 600_000, 100_000],
    [1, 30_000, 7_200_000],
    [3, 30_000, 7_200_000],
  ])(
    'is called again by %i instances that look %i ms apart, after 2 in %i ms',
    (instances, apartMs, spanMs) => {
      let state = slow(instances, spanMs);
      let nowMs = START;
      const waits = Array.from({ length: instances }, () => START);
      for (let look = 0; look < 1_000; look += 1) {
        nowMs += apartMs / instances;
        const one = look % instances;
        if (nowMs < (waits[one] ?? 0)) continue;
        const wants = { instance: `instance-${one}`, wanted: 1, urgent: 0, latencyMs: 200, returned: [] };
        const { state: next, reply } = reserve(state, wants, nowMs);
        state = next;
        if (reply.kind === 'permits') break;
        waits[one] = reply.untilMs;
      }
      // A person who was sent away waits for seconds, and not for as long as nobody called.
      expect(nowMs - START).toBeLessThanOrEqual(Math.max(20_000, 2 * apartMs));
    },
  );
});

describe('a bucket whose probe found no end', () => {
  test.each([1, 3])('is called again by %i instances that look once a minute', async (instances) => {
    const { clock, sleep, pass } = createVirtualTime();
    const startMs = clock().getTime();
    const before = slow(instances, 3_000);
    let stored: StoredPace = {
      state: {
        ...before,
        countedFromMs: startMs,
        taken: 5,
        probed: 5,
        tokensAtMs: startMs + 3_000,
        leader: { instance: 'instance-0', untilMs: startMs + 4_500 },
      },
      version: '1',
    };
    const store: PaceStore = {
      async read() {
        await sleep(100);
        return stored;
      },
      async write(state, version) {
        await sleep(100);
        if (version !== stored.version) return undefined;
        stored = { state, version: `${Number(version) + 1}` };
        return stored.version;
      },
    };
    let calls = 0;
    const lookAgain = async (index: number) => {
      const random = () => 0.5;
      const pace = createPace({ store, clock, random, sleep, instance: `instance-${index}` });
      for (;;) {
        await sleep(60_000);
        const leave = await pace.permit('bulk', 1_000);
        if (!isPermit(leave)) continue;
        calls += 1;
        await sleep(50);
        leave.answered();
      }
    };
    for (let index = 0; index < instances; index += 1) void lookAgain(index);
    await pass(10 * 60_000);
    expect(calls).toBeGreaterThanOrEqual(instances);
  });
});
