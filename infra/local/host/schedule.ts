import { Cron } from 'croner';
import { parseFields } from './ncrontab.ts';

export interface Schedule {
  /** The first occurrence after a time. */
  next(after: Date): Date;
  /** No status is kept: minute to day of week are all `*`, and it occurs more than once a minute. */
  readonly isFrequent: boolean;
}

/**
 * Reads NCRONTAB: six fields with seconds first, or five without, between spaces. A day must match both day of month
 * and day of week, 0 (Sunday) to 6. Times are UTC, as in Azure.
 * @throws where the expression is none, or never occurs
 */
export function parseSchedule(expression: string): Schedule {
  const texts = expression.split(' ').filter((text) => text !== '');
  if (texts.length === 5) texts.unshift('0');
  if (texts.length !== 6) {
    throw new Error(`the schedule "${expression}" is not an NCRONTAB expression of five or six fields.`);
  }
  const cron = toCron(expression, texts);
  const next = (after: Date): Date => {
    const date = cron.nextRun(after);
    if (!date) throw new Error(`the schedule "${expression}" never occurs.`);
    return date;
  };
  next(new Date(0));
  const [seconds = [], ...others] = parseFields(texts);
  return { next, isFrequent: seconds.length > 1 && others.every(isFull) };
}

/** How many values each field has, from minute to day of week. */
const SIZES = [60, 24, 31, 12, 7];
const isFull = (values: readonly number[], index: number) => values.length === SIZES[index];

/** The library finds occurrences; what a field means is NCRONTAB's, so it gets each field as a list. */
function toCron(expression: string, texts: readonly string[]): Cron {
  try {
    const lists = parseFields(texts).map((values) => values.join(','));
    return new Cron(lists.join(' '), { paused: true, timezone: 'UTC', domAndDow: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the schedule "${expression}" cannot be read: ${reason}`);
  }
}
