import { describe, expect, test } from '@jest/globals';
import { addBlocks, countBlocks, toBlockNames } from '../../../../src/inventory/run/blocks.ts';
import { decideDelayMs } from '../../../../src/inventory/run/retry.ts';
import { isResumable, newRun } from '../../../../src/inventory/run/run.ts';

const now = new Date('2026-03-04T05:06:07Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);

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
  const listing = { license: 0, pages: 1, rows: 300, bytes: 9, isDone: false, blocks: [] };
  const failed = {
    ...newRun('r', { trigger: 'timer', force: false }, hoursAgo(13), undefined),
    state: 'failed' as const,
    readStartedAt: hoursAgo(11),
    listings: [listing],
  };
  test.each([
    ['has read something, lately', {}, true],
    ['has read nothing', { listings: [{ ...listing, pages: 0 }] }, false],
    ['has not read its catalogue', { listings: undefined }, false],
    ['began to read long ago', { readStartedAt: hoursAgo(12) }, false],
    ['was refused', { state: 'refused' as const }, false],
  ])('and %s: is gone on with: %#', (_what, change, expected) => {
    expect(isResumable({ ...failed, ...change }, now)).toBe(expected);
  });
});

describe('the blocks of a file', () => {
  test('are in the order of licenses, and of each in the order of reading, with names of one length', () => {
    const names = toBlockNames([
      {
        blocks: [
          [1, 2],
          [12, 1],
        ],
      },
      { blocks: [] },
      { blocks: [[3, 1]] },
    ]);
    expect(names).toEqual([
      '000000-000001-000000',
      '000000-000001-000001',
      '000000-000012-000000',
      '000002-000003-000000',
    ]);
  });

  test('are counted by session, each of which adds its own', () => {
    const blocks = addBlocks(addBlocks([], 1, 2), 3, 0);
    expect(blocks).toEqual([[1, 2]]);
    expect(countBlocks(blocks, 3)).toBe(0);
    expect(addBlocks(addBlocks(blocks, 3, 1), 3, 1)).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });
});
