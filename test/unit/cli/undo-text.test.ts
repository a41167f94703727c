import { expect, test } from '@jest/globals';
import { toChangeLines } from '../../../src/cli/undo-text.ts';

const change = { requestId: 'r-1', person: { email: 'ada@example.com' }, license: { name: 'M' } };
const left = { ...change, outcome: 'left', undone: 'add', detail: 'a newer request decides about it' };

test('a dry run of an undo does not say that it did something', () => {
  expect(toChangeLines({ ...change, outcome: 'cancelled' }, true)).toEqual([
    '  ada@example.com  r-1 is open: would be cancelled',
  ]);
  expect(toChangeLines({ ...change, outcome: 'cancelled' }, false)).toEqual([
    '  ada@example.com  r-1 was open: cancelled',
  ]);
  expect(toChangeLines(left, true).join()).toContain('added by r-1, would be left: a newer request');
  expect(toChangeLines(left, false).join()).toContain('added by r-1, is left: a newer request');
});
