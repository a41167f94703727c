import { describe, expect, test } from '@jest/globals';
import { decideDelayMs } from '../../../../src/inventory/run/retry.ts';
import { isResumable, newRun, toRunFolder } from '../../../../src/inventory/run/run.ts';
import { newPeopleProgress } from '../../../../src/people/progress.ts';

const now = new Date('2026-03-04T05:06:07Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);

test('the files of a run lie in a folder of its time and its id', () => {
  const run = newRun('ab12cd34', { trigger: 'timer', force: false }, now, undefined);
  expect(toRunFolder(run)).toBe('v1/unknown-org/2026/03/04/05-06-07Z_ab12cd34');
  const begun = { ...run, orgId: 'org', readStartedAt: new Date('2026-03-05T00:00:01.890Z') };
  expect(toRunFolder(begun)).toBe('v1/org/2026/03/05/00-00-01Z_ab12cd34');
});

describe('a run that Webex does not answer', () => {
  const unavailable = { isRefusal: false, retryAfterMs: undefined };
  test('waits longer each time, at most an hour, and is given up after ten', () => {
    const delays = [1, 2, 3, 6, 7, 9, 10].map((failures) => decideDelayMs(unavailable, failures));
    expect(delays).toEqual([60_000, 120_000, 240_000, 1_920_000, 3_600_000, 3_600_000, undefined]);
  });

  test('waits for as long as Webex says, and not at all where Webex refuses', () => {
    expect(decideDelayMs({ ...unavailable, retryAfterMs: 5_000 }, 4)).toBe(5_000);
    expect(decideDelayMs({ ...unavailable, isRefusal: true }, 1)).toBeUndefined();
  });
});

describe('a run that failed', () => {
  const reading = { ...newPeopleProgress(1), pages: 1 };
  const failed = {
    ...newRun('r', { trigger: 'timer', force: false }, hoursAgo(13), undefined),
    state: 'failed' as const,
    readStartedAt: hoursAgo(11),
    reading,
  };
  test.each([
    ['has read something, lately', {}, true],
    ['has read nothing', { reading: { ...reading, pages: 0 } }, false],
    ['has not read its catalogue', { reading: undefined }, false],
    ['began to read long ago', { readStartedAt: hoursAgo(12) }, false],
    [
      'was refused the link it was to go on at',
      { reason: { condition: 'people-link-refused', detail: '' } },
      false,
    ],
    [
      'was given a list that goes round in a circle',
      { reason: { condition: 'people-list-repeats', detail: '' } },
      false,
    ],
    ['was refused', { state: 'refused' as const }, false],
  ])('and %s: is gone on with: %#', (_what, change, expected) => {
    expect(isResumable({ ...failed, ...change }, now)).toBe(expected);
  });
});
