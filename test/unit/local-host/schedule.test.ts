import { describe, expect, test } from '@jest/globals';
import { parseSchedule } from '../../../infra/local/host/schedule.ts';

const after = new Date('2026-11-24T13:07:30.500Z');
const nextOf = (expression: string) => parseSchedule(expression).next(after).toISOString();

describe('a schedule', () => {
  test.each([
    ['0 0 5 * * *', '2026-11-25T05:00:00.000Z'],
    ['*/5 * * * *', '2026-11-24T13:10:00.000Z'],
    ['*/10 * * * * *', '2026-11-24T13:07:40.000Z'],
    ['0 30 9 * JAN MON-WED', '2027-01-04T09:30:00.000Z'],
    ['0 0 0 * JUL *', '2027-07-01T00:00:00.000Z'],
    ['0 0 0 * * 0', '2026-11-29T00:00:00.000Z'],
  ])('%s next occurs at %s', (expression, next) => {
    expect(nextOf(expression)).toBe(next);
  });

  test('of a day and a weekday occurs where both are', () => {
    expect(nextOf('0 0 0 13 * FRI')).toBe('2027-08-13T00:00:00.000Z');
  });

  test.each(['daily', '@daily', '00:05:00', '* * * *', '* * * * * * *', '0 0 0 L * *', '0 0 0 15W * *'])(
    '%s is refused',
    (expression) => {
      expect(() => parseSchedule(expression)).toThrow(expression);
    },
  );
  test.each(['0 0 0 * * 7', '0 0 0 * * 1-7', '0 0 0 ? * 1', '0 0 0 * * 1#2', '0 0 25 * * *', '0 0 0 30 2 *'])(
    '%s is refused, which is none of NCRONTAB or never occurs',
    (expression) => {
      expect(() => parseSchedule(expression)).toThrow(expression);
    },
  );

  test.each([
    ['* * * * * *', true],
    ['*/59 * * * * *', true],
    ['0 * * * * *', false],
    ['* * * * *', false],
  ])('%s comes more often than once a minute: %s', (expression, isFrequent) => {
    expect(parseSchedule(expression).isFrequent).toBe(isFrequent);
  });
});
