import { describe, expect, test } from '@jest/globals';
import { decideRetry, type RetryPolicy } from '../../../src/assignment/retry-policy.ts';
import { toFailure, toUncertainFailure } from '../../../src/webex/failure.ts';

const acceptedAt = new Date('2026-11-24T12:00:00Z');
const policy: RetryPolicy = {
  baseMs: 5_000,
  horizonMs: 72 * 3_600_000,
  personNotFoundDelaysMs: [300_000, 600_000, 2_400_000],
};
const entry = { acceptedAt, attempts: 1, personLooks: 0 };
const decide = (failure: Parameters<typeof decideRetry>[0], more: object = {}, hours = 0, random = () => 1) =>
  decideRetry(
    failure,
    { ...entry, ...more },
    { now: new Date(acceptedAt.getTime() + hours * 3_600_000), random, policy },
  );
const answered = (status: number, retryAfterMs?: number) =>
  toFailure({ status, body: '', ...(retryAfterMs !== undefined && { retryAfterMs }) }, 'person');

describe('the retry policy', () => {
  test.each([
    [1, 5_000],
    [2, 10_000],
    [5, 80_000],
    [11, 3_600_000],
    [1_000, 3_600_000],
  ])('after attempt %i in trouble waits at most %i ms, and that is an attempt', (attempts, delayMs) => {
    expect(decide(answered(503), { attempts })).toEqual({
      kind: 'wait',
      reason: 'webex-unavailable',
      delayMs,
      isAttempt: true,
    });
    expect(decide(answered(503), { attempts }, 0, () => 0)).toMatchObject({ delayMs: delayMs / 2 });
  });

  test.each([
    [toUncertainFailure('no-answer', 'ECONNRESET', undefined)],
    [toUncertainFailure('unreadable-answer', 'x', 't')],
  ])('tries again where no answer says what happened', (failure) => {
    expect(decide(failure)).toMatchObject({ reason: 'webex-unavailable', isAttempt: true });
  });

  test('keeps a delay that the server named, without chance', () => {
    expect(decide(answered(429, 7_000), {}, 0, () => 0.3)).toEqual({
      kind: 'wait',
      reason: 'rate-limited',
      delayMs: 7_000,
      isAttempt: false,
    });
    expect(decide(answered(503, 7_000), {}, 0, () => 0.3)).toMatchObject({ delayMs: 7_000 });
  });

  test('waits 15 s where the rate is limited and nothing is named', () => {
    expect(decide(answered(423))).toMatchObject({
      reason: 'rate-limited',
      delayMs: 15_000,
      isAttempt: false,
    });
  });

  test.each([401, 403])('pauses at %i, and counts no attempt', (status) => {
    expect(decide(answered(status))).toEqual({
      kind: 'wait',
      reason: 'paused',
      delayMs: 300_000,
      isAttempt: false,
    });
  });

  test.each([
    [0, 300_000],
    [1, 600_000],
    [2, 2_400_000],
    [9, 2_400_000],
  ])('looks for a missing person again, after look %i in %i ms', (personLooks, delayMs) => {
    expect(decide(answered(404), { personLooks })).toEqual({
      kind: 'wait',
      reason: 'person-not-found',
      delayMs,
      isAttempt: false,
    });
  });

  test('gives up a change that conflicts three times', () => {
    expect(decide(answered(409), { attempts: 2 })).toMatchObject({ kind: 'wait' });
    expect(decide(answered(409), { attempts: 3 })).toEqual({ kind: 'give-up' });
  });

  test.each([400, 405, 410, 415])('gives up at %i', (status) => {
    expect(decide(answered(status))).toEqual({ kind: 'give-up' });
  });

  test.each([404, 429, 403, 503])('gives up at %i past the horizon, and not before', (status) => {
    expect(decide(answered(status), {}, 70)).toMatchObject({ kind: 'wait' });
    expect(decide(answered(status), {}, 72)).toEqual({ kind: 'give-up' });
  });

  test('counts the horizon from when the request takes effect', () => {
    const request = { effectiveAt: new Date(acceptedAt.getTime() + 100 * 3_600_000).toISOString() };
    expect(decide(answered(404), { request }, 150)).toMatchObject({ kind: 'wait' });
  });
});
