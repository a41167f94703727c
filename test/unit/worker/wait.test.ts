import { describe, expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { toFailure, toUncertainFailure, type WebexFailure } from '../../../src/webex/errors/failure.ts';
import { decideWait, type RetryPolicy } from '../../../src/worker/wait.ts';

const policy: RetryPolicy = {
  baseMs: 5_000,
  horizonMs: 72 * 3_600_000,
  personNotFoundDelaysMs: [300_000, 600_000, 2_400_000],
};
const record = { attempts: 1, personChecks: 0 };
const HOUR_MS = 3_600_000;
const decide = (failure: WebexFailure, more: object = {}, random = () => 1) =>
  decideWait({ results: [{ result: 'wanted' }], failure }, { ...record, ...more }, { random, policy });
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
      reason: 'webex-unavailable',
      delayMs,
      isAttempt: true,
      tellsCause: false,
      waitedMs: { 'webex-unavailable': delayMs },
    });
    expect(decide(answered(503), { attempts }, () => 0)).toMatchObject({ delayMs: delayMs / 2 });
  });

  test.each([
    [toUncertainFailure('no-answer', 'ECONNRESET', undefined)],
    [toUncertainFailure('unreadable-answer', 'x', 't')],
  ])('tries again where no answer says what happened', (failure) => {
    expect(decide(failure)).toMatchObject({ reason: 'webex-unavailable', isAttempt: true });
  });

  test('keeps a delay that the server named, without chance', () => {
    expect(decide(answered(429, 7_000), {}, () => 0.3)).toEqual({
      reason: 'rate-limited',
      delayMs: 7_000,
      isAttempt: false,
      tellsCause: false,
      waitedMs: {},
    });
    expect(decide(answered(503, 7_000), {}, () => 0.3)).toMatchObject({ delayMs: 7_000 });
  });

  test('waits 15 s where the rate is limited and nothing is named', () => {
    expect(decide(answered(423))).toMatchObject({
      reason: 'rate-limited',
      delayMs: 15_000,
      isAttempt: false,
    });
  });

  test.each([
    [toFailure({ status: 401, body: '' }, 'person')],
    [toFailure({ status: 403, body: '' }, 'organization')],
    [toFailure({ status: 404, body: '' }, 'organization')],
  ])('pauses where the token or the organization is refused, and counts no attempt', (failure) => {
    expect(decide(failure)).toEqual({
      reason: 'paused',
      delayMs: 300_000,
      isAttempt: false,
      tellsCause: true,
      waitedMs: {},
    });
  });

  test('waits for one person whom Webex refuses, longer each time, and counts no attempt', () => {
    const wait = { reason: 'permission-missing', isAttempt: false };
    expect(decide(answered(403))).toMatchObject({ ...wait, delayMs: 5_000 });
    expect(decide(answered(403), { waitedMs: { 'permission-missing': 40_000 } })).toMatchObject({
      ...wait,
      delayMs: 40_000,
      waitedMs: { 'permission-missing': 80_000 },
    });
    expect(decide(answered(403), { waitedMs: { 'permission-missing': 50 * HOUR_MS } })).toMatchObject({
      delayMs: HOUR_MS,
    });
  });

  test.each([
    [0, 300_000],
    [1, 600_000],
    [2, 2_400_000],
    [9, 2_400_000],
  ])('looks for a missing person again, after look %i in %i ms', (personChecks, delayMs) => {
    expect(decide(answered(404), { personChecks })).toEqual({
      reason: 'person-not-found',
      delayMs,
      isAttempt: false,
      tellsCause: false,
      waitedMs: { 'person-not-found': delayMs },
    });
  });

  test('looks once more, after the longest wait, where all is to be removed from a missing person', () => {
    const request = licenseRequestSchema.parse({
      person: { email: 'a@b.co' },
      licenses: [{ license: 'x', operation: 'remove' }],
    });
    expect(decide(answered(404), { request })).toMatchObject({ delayMs: 2_400_000 });
  });

  test('gives up a change that conflicts three times', () => {
    expect(decide(answered(409), { attempts: 2 })).toBeDefined();
    expect(decide(answered(409), { attempts: 3 })).toBeUndefined();
  });

  test.each([400, 405, 410, 415])('gives up at %i', (status) => {
    expect(decide(answered(status))).toBeUndefined();
  });

  test.each([
    ['person-not-found', 404],
    ['permission-missing', 403],
    ['webex-unavailable', 503],
  ])('gives up a request that waited as %s up to the horizon, and not before', (reason, status) => {
    const more = { attempts: 20, personChecks: 20 };
    const decideAfter = (hours: number) =>
      decide(answered(status), { ...more, waitedMs: { [reason]: hours * HOUR_MS } });
    expect(decideAfter(70)).toBeDefined();
    expect(decideAfter(72)).toBeUndefined();
  });

  test('never gives up a request that waits for its organization', () => {
    const waitedMs = { 'webex-unavailable': 72 * HOUR_MS, 'person-not-found': 72 * HOUR_MS };
    for (const status of [401, 423, 429]) {
      expect(decide(answered(status), { waitedMs })).toMatchObject({ waitedMs });
    }
  });

  test('gives each reason the horizon to itself, and begins again once Webex has answered', () => {
    const waitedMs = { 'person-not-found': 71 * HOUR_MS, 'webex-unavailable': 71 * HOUR_MS };
    expect(decide(answered(503), { waitedMs: { 'person-not-found': 72 * HOUR_MS } })).toMatchObject({
      waitedMs: { 'person-not-found': 72 * HOUR_MS, 'webex-unavailable': 5_000 },
    });
    expect(decide(answered(404), { waitedMs })).toMatchObject({
      waitedMs: { 'person-not-found': 71 * HOUR_MS + 300_000 },
    });
  });

  describe('of what Webex has not refused', () => {
    const open = (condition?: string) => {
      return { results: [{ result: 'wanted', ...(condition && { condition }) } as const] };
    };
    const decideOpen = (end: ReturnType<typeof open>, waitedMs = {}) =>
      decideWait(end, { ...record, waitedMs }, { random: () => 1, policy });

    test('waits for a seat, and gives each reason its whole time again', () => {
      expect(decideOpen(open(), { 'person-not-found': 70 * HOUR_MS })).toEqual({
        reason: 'no-seats',
        delayMs: 24 * HOUR_MS,
        isAttempt: false,
        tellsCause: false,
        waitedMs: {},
      });
    });

    test.each([
      [0, 5_000],
      [4_000, 5_000],
      [65_000, 65_000],
      [90 * HOUR_MS, 900_000],
    ])(
      'after %i ms looks for a complete catalogue in %i ms, however long that takes',
      (lastedMs, delayMs) => {
        const waitedMs = { 'catalogue-incomplete': lastedMs, 'webex-unavailable': 7 };
        expect(decideOpen(open('catalogue-incomplete'), waitedMs)).toEqual({
          reason: 'catalogue-incomplete',
          delayMs,
          isAttempt: false,
          tellsCause: false,
          waitedMs: { ...waitedMs, 'catalogue-incomplete': lastedMs + delayMs },
        });
      },
    );

    test('waits for nothing once all is done', () => {
      const end = { results: [{ result: 'assigned' as const }, { result: 'failed' as const }] };
      expect(decideWait(end, record, { random: () => 1, policy })).toBeUndefined();
    });
  });
});
