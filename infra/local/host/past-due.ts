import type { Schedule } from './schedule.ts';

/** What the host knows of a timer over restarts. */
export interface TimerStatus {
  /** Undefined until the first run. */
  readonly last: Date | undefined;
  readonly next: Date;
  readonly lastUpdated: Date;
}

/** After a run that began at this time. */
export const toStatusAfter = (startedAt: Date, schedule: Schedule): TimerStatus => ({
  last: startedAt,
  next: schedule.next(startedAt),
  lastUpdated: startedAt,
});

export interface TimerStart {
  readonly status: TimerStatus;
  /** An occurrence passed while no host ran: it is caught up once, however many passed. */
  readonly isPastDue: boolean;
}

/**
 * Judges, at the start of a timer, what was recorded of it. A schedule that was changed meanwhile counts from
 * now on: it is never past due.
 */
export function judgeStart(recorded: TimerStatus | undefined, schedule: Schedule, now: Date): TimerStart {
  if (!recorded) {
    return { status: { last: undefined, next: schedule.next(now), lastUpdated: now }, isPastDue: false };
  }
  const countedFrom = recorded.last ?? recorded.lastUpdated;
  const expected = schedule.next(countedFrom);
  if (expected.getTime() === recorded.next.getTime()) {
    return { status: recorded, isPastDue: now > recorded.next };
  }
  const next = expected < now ? schedule.next(now) : expected;
  return { status: { last: undefined, next, lastUpdated: countedFrom }, isPastDue: false };
}
