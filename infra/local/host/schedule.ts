import { Cron } from 'croner';

export interface Schedule {
  /** The first occurrence after a time. */
  next(after: Date): Date;
  /** Occurrences come more often than once a minute, so that no status is kept of them. */
  readonly isFrequent: boolean;
}

const MINUTE_MS = 60_000;
const NAMES = /\b(SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\b/gi;

/**
 * Reads NCRONTAB: six fields with seconds first, or five without. A day must match both day of month and day
 * of week, 0 (Sunday) to 6. Times are UTC, as in Azure.
 * @throws where the expression is none, or never occurs
 */
export function parseSchedule(expression: string): Schedule {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    throw new Error(`the schedule "${expression}" is not an NCRONTAB expression of five or six fields.`);
  }
  // The cron library knows more than NCRONTAB does.
  if (/[^\d*,/\s-]/.test(expression.replace(NAMES, '')) || /(^|[,-])7/.test(fields.at(-1) ?? '')) {
    throw new Error(`the schedule "${expression}" has what NCRONTAB has not.`);
  }
  const cron = toCron(expression, fields);
  const next = (after: Date): Date => {
    const date = cron.nextRun(after);
    if (!date) throw new Error(`the schedule "${expression}" never occurs.`);
    return date;
  };
  const first = next(new Date(0));
  return { next, isFrequent: next(first).getTime() - first.getTime() < MINUTE_MS };
}

function toCron(expression: string, fields: readonly string[]): Cron {
  try {
    return new Cron(fields.join(' '), { paused: true, timezone: 'UTC', domAndDow: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the schedule "${expression}" cannot be read: ${reason}`);
  }
}
