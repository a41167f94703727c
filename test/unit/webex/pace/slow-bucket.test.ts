import { describe, expect, test } from '@jest/globals';
import { reserve } from '../../../../src/webex/pace/reserve.ts';
import { newPaceState, type PaceState } from '../../../../src/webex/pace/state.ts';

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
