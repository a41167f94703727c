import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createProgressLines } from '../../../src/cli/progress-lines.ts';

let said: string[];
beforeEach(() => {
  said = [];
  jest.useFakeTimers({ now: 0 });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

test('a wait is never silent for five seconds, also where nothing changes', () => {
  const sayProgress = createProgressLines();
  const times: number[] = [];
  for (let second = 0; second <= 20; second += 1) {
    const before = said.length;
    sayProgress('waiting');
    if (said.length > before) times.push(second);
    jest.advanceTimersByTime(1_000);
  }
  expect(times).toEqual([0, 4, 8, 12, 16, 20]);
  expect(said.slice(0, 2)).toEqual(['waiting\n', 'waiting, since 4 s\n']);
});

test.each([
  [false, ['a\n', 'b\n']],
  [true, ['a\n']],
])('a change is said at once, or with the next line (calm: %s)', (isCalm, expected) => {
  const sayProgress = createProgressLines({ isCalm });
  sayProgress('a');
  sayProgress('b');
  expect(said).toEqual(expected);
});
