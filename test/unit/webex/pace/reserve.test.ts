import { describe, expect, test } from '@jest/globals';
import type { Ask } from '../../../../src/webex/pace/leave.ts';
import { limit, takeBack } from '../../../../src/webex/pace/limit.ts';
import { reserve } from '../../../../src/webex/pace/reserve.ts';
import { newPaceState, type PaceState, paceStateSchema } from '../../../../src/webex/pace/state.ts';

const START_MS = Date.UTC(2026, 10, 25);
const at = (ms: number) => START_MS + ms;

/** Three windows of five seconds, good for 150 calls each; the next one has begun. */
const known: PaceState = {
  ...newPaceState(START_MS),
  cycle: 4,
  isGuess: false,
  cycles: [1, 2, 3].map((cycle) => ({
    cycle,
    accepted: 150,
    spanMs: 5_000,
    pauseMs: 4_000,
    periodMs: 5_000,
    isGuess: false,
  })),
};
const ask = (changes: Partial<Ask> = {}): Ask => ({
  instance: 'a',
  wanted: 24,
  urgent: 0,
  latencyMs: 50,
  returned: [],
  ...changes,
});
const leader = (instance: string, untilMs: number) => ({ instance, untilMs: at(untilMs) });

describe('a budget that is used up', () => {
  const usedUp = { ...known, taken: 150 };

  test('is probed at a whole second of its window, so that the pause is named no longer than it is', () => {
    const early = reserve(usedUp, ask(), at(3_400));
    expect(early.reply).toEqual({ kind: 'wait', untilMs: at(4_050) });
    const then = reserve(early.state, ask(), at(4_050));
    expect(then.reply).toMatchObject({ kind: 'permits', count: 1, isProbe: true });
  });

  test('is probed by one at a time, and by nobody who has only somebody waiting', () => {
    const probing = { ...usedUp, probed: 1, leader: leader('b', 5_500) };
    expect(reserve(probing, ask({ urgent: 1 }), at(4_100)).reply.kind).toBe('wait');
  });

  test('is not taken for renewed while a probe may have been refused', () => {
    const probing = { ...usedUp, probed: 1, leader: leader('b', 5_500) };
    expect(reserve(probing, ask(), at(5_100)).state.cycle).toBe(usedUp.cycle);
    expect(reserve(probing, ask({ instance: 'b' }), at(5_100)).state.cycle).toBe(usedUp.cycle + 1);
  });
});

describe('somebody who waits', () => {
  const learning = {
    ...known,
    cycles: known.cycles.slice(0, 1),
    leader: leader('b', 1_500),
    instances: { b: { seenAtMs: START_MS, holdsUntilMs: at(1_500) } },
  };

  test('has leave while another instance goes ahead, a few times in a while', () => {
    const first = reserve(learning, ask({ urgent: 2 }), at(500));
    expect(first.reply).toMatchObject({ kind: 'permits', count: 2, isProbe: true });
    expect(first.state.leader).toEqual(learning.leader);
    const next = reserve(first.state, ask({ instance: 'c', urgent: 1 }), at(510));
    expect(next.reply).toEqual({ kind: 'wait', untilMs: at(700) });
    expect(reserve(next.state, ask({ instance: 'c', urgent: 1 }), at(700)).reply.kind).toBe('permits');
  });

  test('has none where many do, or in a pause', () => {
    expect(reserve(learning, ask({ urgent: 24 }), at(500)).reply).toEqual({
      kind: 'wait',
      untilMs: at(1_500),
    });
    const paused = { ...learning, pausedUntilMs: at(900) };
    expect(reserve(paused, ask({ urgent: 1 }), at(500)).reply).toEqual({ kind: 'wait', untilMs: at(900) });
  });

  test('is left some of a window that others would use up', () => {
    const nearly = { ...known, taken: 145 };
    expect(reserve(nearly, ask(), at(1_000)).reply).toEqual({ kind: 'wait', untilMs: at(2_500) });
    expect(reserve(nearly, ask({ urgent: 1 }), at(1_000)).reply).toMatchObject({ count: 1, isProbe: false });
    expect(reserve(nearly, ask(), at(2_500)).reply).toMatchObject({ kind: 'permits', count: 5 });
  });
});

describe('what a 429 tells', () => {
  const limited = { instance: 'a', latencyMs: 50, untilMs: at(2_000) };

  test('is nothing of the budget where a window may have begun before its cycle did', () => {
    const guess = { ...known, isGuess: true, taken: 24 };
    const next = limit(guess, { ...limited, cycle: 4, returned: [{ cycle: 4, count: 1 }] }, at(1_000));
    const more = takeBack(next, [{ cycle: 4, count: 19 }]);
    expect(more.cycles).toEqual(known.cycles);
    expect(more.pausedUntilMs).toBe(at(2_000));
  });

  test('is what passed, less what was refused later, where a cycle began after a pause', () => {
    const next = limit({ ...known, taken: 100 }, { ...limited, cycle: 4, returned: [] }, at(1_000));
    const { cycles } = takeBack(next, [{ cycle: 4, count: 3 }]);
    expect(cycles.map(({ accepted }) => accepted)).toEqual([150, 150, 97]);
  });
});

describe('a bucket', () => {
  const bucket = {
    ...known,
    isBucket: true,
    cycles: known.cycles.map((one) => ({ ...one, pauseMs: 1_000 })),
  };

  test('has nothing left after a probe that found no end', () => {
    const probed = { ...bucket, taken: 360, probed: 120, tokens: 30, tokensAtMs: at(12_000) };
    const { reply, state } = reserve(probed, ask(), at(12_100));
    expect(state.cycle).toBe(known.cycle + 1);
    // Drop by drop.
    expect(reply).toMatchObject({ kind: 'permits', count: 24, spacingMs: expect.closeTo(1_000 / 29, 0) });
  });

  test('has less for others by what goes beside them', () => {
    const empty = { ...bucket, tokens: -30 };
    const { reply, state } = reserve(empty, ask({ urgent: 2 }), at(0));
    expect(reply).toMatchObject({ kind: 'permits', count: 2 });
    expect(state.tokens).toBe(-32);
  });

  test('is left some of what gathers in a pause, for calls of several instances come in clusters', () => {
    const names = ['a', 'b', 'c'];
    const instances = Object.fromEntries(
      names.map((name) => [name, { seenAtMs: START_MS, holdsUntilMs: 0 }]),
    );
    const limited = { instance: 'a', cycle: 4, latencyMs: 50, untilMs: at(2_000), returned: [] };
    const next = limit({ ...bucket, instances, taken: 30 }, limited, at(1_000));
    expect(next).toMatchObject({ isBucket: true, tokens: -3 });
  });
});

test('a row of an earlier version is read', () => {
  const { isGuess: _isGuess, fewAtMs: _fewAtMs, ...row } = newPaceState(START_MS);
  expect(paceStateSchema.parse(row)).toEqual(newPaceState(START_MS));
});
