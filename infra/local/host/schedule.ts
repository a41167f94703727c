import { Cron } from 'croner';

export interface Schedule {
  /** The first occurrence after a time; undefined where there is none. */
  next(after: Date): Date | undefined;
  /** Occurrences come at least once a minute, so that a status of each is not kept. */
  readonly isFrequent: boolean;
}

const MINUTE_MS = 60_000;

/**
 * Reads NCRONTAB: six fields with seconds first, or five without. A day must match both day of month and day
 * of week. Times are UTC, as in Azure.
 * @throws where the expression is none
 */
export function parseSchedule(expression: string): Schedule {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    throw new Error(`the schedule "${expression}" is not an NCRONTAB expression of five or six fields`);
  }
  if (/[?LW#]/.test(expression))
    throw new Error(`the schedule "${expression}" has characters that NCRONTAB has not`);
  const cron = new Cron(fields.join(' '), { paused: true, timezone: 'UTC', domAndDow: true });
  const next = (after: Date) => cron.nextRun(after) ?? undefined;
  const first = next(new Date(0));
  const second = first && next(first);
  return { next, isFrequent: !!first && !!second && second.getTime() - first.getTime() < MINUTE_MS };
}
