import { DateTime } from 'luxon';
import { isPlaceholder } from './words.ts';

/**
 * A date as another system wrote it:
 * - `told`: a day (`2026-12-31`) or an instant (`2026-12-31T17:00:00.000Z`)
 * - `none`: told that there is none
 * - `never`: told that it does not come, by the last day that a system knows
 * - `unreadable`: there, and not to be understood with certainty
 */
export type DateRead =
  | { readonly kind: 'told'; readonly value: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'never' }
  | { readonly kind: 'unreadable' };

const NONE: DateRead = { kind: 'none' };
const NEVER: DateRead = { kind: 'never' };
const UNREADABLE: DateRead = { kind: 'unreadable' };

/** "No date" of MySQL, which BambooHR passes on. */
const NO_DATE = /^0000-00-00/;
/** The last day of an employment without an end: in SAP and .NET, and in Oracle. */
const ENDS_OF_TIME: ReadonlySet<string> = new Set(['9999-12-31', '4712-12-31']);

/** ISO 8601, extended: a day, or a day and a time; `+0100` beside `+01:00`, and a space in place of `T`. */
const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?([Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?)?$/;
const MIDNIGHT = /^00:00(:00([.,]0+)?)?$/;
/** Longer text is no date, and is not looked at. */
const MAX_LENGTH = 64;

/** Outside of these years a date is a mistake, such as `0001-01-01`, which .NET writes for a date that was not set. */
const YEARS = { first: 1900, last: 2199 };

/** How OData 2 writes milliseconds since 1970. */
const ODATA = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/;

/** Formats beside ISO 8601 that a source may state: `odata`, or tokens of luxon, such as `dd.MM.yyyy`. */
export type DateFormat = string;

/**
 * Reads a date: ISO 8601, or one of the formats that the source states; nothing is guessed. Midnight, in whichever
 * offset, is a day: systems that have no type for days write them so. A time without an offset is UTC.
 */
export const readDate = (value: unknown, formats: readonly DateFormat[] = []): DateRead =>
  read(value, formats, true);

/** Reads a point in time in the same way; a day without a time is its beginning in UTC. */
export function readInstant(value: unknown, formats: readonly DateFormat[] = []): Date | undefined {
  const told = read(value, formats, false);
  return told.kind === 'told' ? new Date(told.value) : undefined;
}

function read(value: unknown, formats: readonly DateFormat[], hasDays: boolean): DateRead {
  if (value === null || value === undefined) return NONE;
  if (typeof value !== 'string') return UNREADABLE;
  if (value.length > MAX_LENGTH) return UNREADABLE;
  const text = value.trim();
  if (isPlaceholder(text) || NO_DATE.test(text)) return NONE;
  for (const format of formats) {
    const at = readFormat(text, format);
    if (at) return toTold(at, hasDays && isMidnight(at));
  }
  const [, day, time, offset = 'Z'] = ISO.exec(text) ?? [];
  if (day === undefined) return UNREADABLE;
  const isDay = hasDays && (time === undefined || MIDNIGHT.test(time));
  const at = isDay ? day : `${day}T${time ?? '00:00'}${offset.toUpperCase()}`;
  return toTold(DateTime.fromISO(at, { zone: 'utc' }), isDay);
}

function readFormat(text: string, format: DateFormat): DateTime | undefined {
  if (format === 'odata') {
    const milliseconds = ODATA.exec(text)?.[1];
    return milliseconds === undefined
      ? undefined
      : DateTime.fromMillis(Number(milliseconds), { zone: 'utc' });
  }
  const at = DateTime.fromFormat(text, format, { zone: 'utc', locale: 'en' });
  return at.isValid ? at : undefined;
}

const isMidnight = (at: DateTime) => at.toMillis() === at.startOf('day').toMillis();

function toTold(at: DateTime, isDay: boolean): DateRead {
  if (at.isValid && ENDS_OF_TIME.has(at.toFormat('yyyy-MM-dd'))) return NEVER;
  if (!at.isValid || at.year < YEARS.first || at.year > YEARS.last) return UNREADABLE;
  return { kind: 'told', value: isDay ? at.toFormat('yyyy-MM-dd') : at.toJSDate().toISOString() };
}

/** Whether a format can be read back: a mistake in it would make each date unreadable. */
export function isDateFormat(format: DateFormat): boolean {
  if (format === 'odata') return true;
  const day = DateTime.utc(2031, 11, 24);
  const back = DateTime.fromFormat(day.toFormat(format, { locale: 'en' }), format, {
    zone: 'utc',
    locale: 'en',
  });
  return back.isValid && back.toMillis() === day.toMillis();
}
