import { describe, expect, test } from '@jest/globals';
import { createPatience } from '../chaos/patience.ts';
import { createRemovals } from '../chaos/removals.ts';
import type { Call } from '../chaos/wire.ts';

/** What the chaos run checks from outside, shown to find what it is for. */
describe('a Retry-After that a host was told', () => {
  function create() {
    let nowMs = 1_000_000;
    const patience = createPatience(
      () => nowMs,
      () => nowMs,
    );
    const pass = (ms: number) => {
      nowMs += ms;
    };
    return { patience, pass };
  }

  test('is kept by a host that calls again when it is over, and by what was on its way', () => {
    const { patience, pass } = create();
    patience.noteTold(0, '10');
    pass(900);
    patience.noteCall(0);
    pass(9_200);
    patience.noteCall(0);
    expect(patience.findHasty()).toEqual([]);
  });

  test('is broken by each call of that host before', () => {
    const { patience, pass } = create();
    patience.noteTold(0, '10');
    pass(4_000);
    patience.noteCall(0);
    expect(patience.findHasty()).toEqual(['host 0 called 6 s too early']);
  });

  test('is broken by other hosts where more than a few of all calls come before', () => {
    const { patience, pass } = create();
    for (let calls = 0; calls < 299; calls += 1) patience.noteCall(1);
    patience.noteTold(0, '10');
    pass(4_000);
    patience.noteCall(1);
    expect(patience.findHasty()).toEqual([]);
    patience.noteCall(2);
    expect(patience.findHasty()).toEqual(['2 of 301 calls came before others were to call again']);
  });

  test('dies with a worker that was told just now', () => {
    const { patience, pass } = create();
    patience.noteTold(0, '10');
    pass(1_500);
    patience.noteDeath(0);
    pass(1_000);
    patience.noteCall(0);
    expect(patience.findHasty()).toEqual([]);
    expect(patience.counts).toEqual({ told: 1, ofOthers: 0, calls: 1 });
  });

  test('without a number of seconds is none', () => {
    const { patience } = create();
    patience.noteTold(0, 'Thu, 01 Jan 2026 00:00:00 GMT');
    patience.noteTold(0, undefined);
    expect(patience.counts.told).toBe(0);
  });
});

test('more people than the limit within an hour are found, approved ones not counted', () => {
  let nowMs = 0;
  const removals = createRemovals(() => nowMs);
  const take = (email: string) => {
    const body = JSON.stringify({ email, licenses: [{ id: 'L', operation: 'remove' }] });
    const call: Call = { to: 'webex', host: 0, method: 'PATCH', path: '/v1/licenses/users', body };
    removals.note(call, { status: 200, content: '{}', retryAfter: undefined });
  };
  for (const email of ['a@x.example', 'b@x.example', 'a@x.example']) take(email);
  removals.approve(['c@x.example']);
  take('c@x.example');
  nowMs = 3_600_000;
  take('d@x.example');
  expect(removals.findTooMany(2, 3_600_000)).toEqual([]);
  nowMs = 3_599_999;
  take('e@x.example');
  expect(removals.findTooMany(2, 3_600_000)).toEqual([
    '3 people from 1970-01-01T00:00:00.000Z on',
    '3 people from 1970-01-01T00:00:00.000Z on',
    '3 people from 1970-01-01T00:00:00.000Z on',
  ]);
});
