import { describe, expect, test } from '@jest/globals';
import { parseSchedule } from '../../../../../infra/local/host/schedule.ts';

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
    // What follows is taken by NCrontab, and by few others.
    ['0 5/15 * * * *', '2026-11-24T13:20:00.000Z'],
    ['0 0/30 * * * *', '2026-11-24T13:30:00.000Z'],
    ['7/20 * * * * *', '2026-11-24T13:07:47.000Z'],
    ['5/15 * * * *', '2026-11-24T13:20:00.000Z'],
    ['0 50/61 * * * *', '2026-11-24T13:50:00.000Z'],
    ['0 */61 * * * *', '2026-11-24T14:00:00.000Z'],
    ['0 */0 * * * *', '2026-11-24T13:08:00.000Z'],
    ['0 30-10/10 * * * *', '2026-11-24T13:10:00.000Z'],
    ['0 0 0 * * FRI-MON', '2026-11-25T00:00:00.000Z'],
    ['0 0 0 * * 5-1', '2026-11-25T00:00:00.000Z'],
    ['0 0 0 * * SAT-SUN', '2026-11-25T00:00:00.000Z'],
    ['0 0 0 * * Monday', '2026-11-30T00:00:00.000Z'],
    ['0 0 0 * * monday,Fri', '2026-11-27T00:00:00.000Z'],
    ['0 0 0 * * Sat/1', '2026-11-28T00:00:00.000Z'],
    ['0 0 0 1 February *', '2027-02-01T00:00:00.000Z'],
    ['0 0 0 1 dec-feb *', '2026-12-01T00:00:00.000Z'],
    ['0 0 0 1 6/3 *', '2026-12-01T00:00:00.000Z'],
    [' 0  0 5 * * * ', '2026-11-25T05:00:00.000Z'],
    ['00 00 05 * * *', '2026-11-25T05:00:00.000Z'],
    ['0 0 5,5,17 * * *', '2026-11-24T17:00:00.000Z'],
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
    '0 0 5 * *\t*',
    '0\t0\t5\t*\t*\t*',
    '0 0 5 * * *\n',
    '0 /5 * * * *',
    '0 5/ * * * *',
    '0 1/2/3 * * * *',
    '0 1,,2 * * * *',
    '0 ,1 * * * *',
    '0 1- * * * *',
    '0 1-2-3 * * * *',
    '0 60/5 * * * *',
    '0 Monday * * * *',
    '0 0 0 * * Montag',
    '0 0 0 * Foo *',
    '0 0 0 0 * *',
    '0 0 0 1 13 *',
    '0 1.5 * * * *',
    '0 -1 * * * *',
    '',
  ])('%j is refused, as NCrontab does', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(expression);
  });

  test.each([
    ['* * * * * *', true],
    ['0/30 * * * * *', true],
    ['*/10 */2 * * * *', false],
    ['*/10 * * * * MON', false],
    ['*/10 * 8-17 * * *', false],
    ['*/61 * * * * *', false],
    ['*/59 * * * * *', true],
    ['0 * * * * *', false],
    ['* * * * *', false],
  ])('%s is so frequent that no status is kept: %s', (expression, isFrequent) => {
    expect(parseSchedule(expression).isFrequent).toBe(isFrequent);
  });
});
