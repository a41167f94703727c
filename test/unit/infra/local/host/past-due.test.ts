import { describe, expect, test } from '@jest/globals';
import { judgeStart, type TimerStatus, toStatusAfter } from '../../../../../infra/local/host/past-due.ts';
import { parseSchedule } from '../../../../../infra/local/host/schedule.ts';

const hourly = parseSchedule('0 0 * * * *');
const at = (time: string) => new Date(`2026-11-24T${time}Z`);
const ran = (time: string): TimerStatus => toStatusAfter(at(time), hourly);

describe('a timer at its start', () => {
  test('is not past due where it never ran, and its status is begun', () => {
    expect(judgeStart(undefined, hourly, at('13:07:00'))).toEqual({
      isPastDue: false,
      status: { last: undefined, next: at('14:00:00'), lastUpdated: at('13:07:00') },
    });
  });

  test('is past due where an occurrence passed, and the status stays until it ran', () => {
    const status = ran('10:00:00');
    expect(judgeStart(status, hourly, at('13:07:00'))).toEqual({ isPastDue: true, status });
  });

  test('is past due where its very first occurrence passed', () => {
    const { status } = judgeStart(undefined, hourly, at('10:30:00'));
    expect(judgeStart(status, hourly, at('13:07:00')).isPastDue).toBe(true);
  });

  test('is not past due before its next occurrence', () => {
    expect(judgeStart(ran('13:00:00.004'), hourly, at('13:07:00')).isPastDue).toBe(false);
  });

  test('is not past due where the schedule was changed, even to one that passed', () => {
    const quarterly = parseSchedule('0 */15 * * * *');
    expect(judgeStart(ran('10:00:00'), quarterly, at('13:07:00'))).toEqual({
      isPastDue: false,
      status: { last: undefined, next: at('13:15:00'), lastUpdated: at('10:00:00') },
    });
    const daily = parseSchedule('0 0 23 * * *');
    expect(judgeStart(ran('10:00:00'), daily, at('13:07:00')).status.next).toEqual(at('23:00:00'));
  });
});
