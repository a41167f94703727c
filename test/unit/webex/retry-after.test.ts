import { expect, test } from '@jest/globals';
import { parseRetryAfterMs } from '../../../src/webex/retry-after.ts';

const now = new Date('2026-11-24T12:00:00Z');

test.each<[string | null, number | undefined]>([
  ['2', 2_000],
  [' 30 ', 30_000],
  ['1.5', 1_500],
  ['0', 1_000],
  ['999999', 3_600_000],
  ['Tue, 24 Nov 2026 12:00:10 GMT', 10_000],
  ['Tue, 24 Nov 2026 11:00:00 GMT', 1_000],
  ['rand(30),add(30)', undefined],
  ['-5', undefined],
  ['soon', undefined],
  ['', undefined],
  ['2026', 2_026_000],
  ['1e3', undefined],
  [null, undefined],
])('Retry-After %j asks for %s ms', (header, expected) => {
  expect(parseRetryAfterMs(header, now)).toBe(expected);
});
