import { DateTime } from 'luxon';
import { isPlaceholder } from './words.ts';

/**
 * A date as another system wrote it:
 * - `told`: a day (`2026-12-31`) or an instant (`2026-12-31T17:00:00.000Z`)
 * - `none`: an explicit "no date"
 * - `never`: the last day that a system can represent
 * - `unreadable`: present, without a certain meaning
 */
export type DateRead =
  | { readonly kind: 'told'; readonly value: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'never' }
  | { readonly kind: 'unreadable' };

const NONE: DateRead = { kind: 'none' };
const NEVER: DateRead = { kind: 'never' };
const UNREADABLE: DateRead = { kind: 'unreadable' };

/** "No date" of MySQL, which BambooHR sends. */
const NO_DATE = /^0000-00-00/;
/** The end of an open-ended employment: in SAP and .NET, and in Oracle. */
const ENDS_OF_TIME: ReadonlySet<string> = new Set(['9999-12-31', '4712-12-31']);

/** ISO 8601, extended: a day, or a day and a time; `+0100` beside `+01:00`, and a space in place of `T`. */
const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?([Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?)?$/;
const MIDNIGHT = /^00:00(:00([.,]0+)?)?$/;
/** No date is longer. */
const MAX_LENGTH = 64;

/** A date outside of these years is a mistake, such as .NET's `0001-01-01` for an unset date. */
const YEARS = { first: 1900, last: 2199 };

/** OData 2: milliseconds since 1970. */
const ODATA = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/;

/** A format beside ISO 8601 that a source may declare: `odata`, or tokens of luxon, such as `dd.MM.yyyy`. */
export type DateFormat = string;

/**
 * Reads a date: ISO 8601, or a format that the source declares; nothing is guessed. Midnight in any offset is a day:
 * systems without a type for days write them like this. A time without an offset is UTC.
 */
export const readDate = (value: unknown, formats: readonly DateFormat[] = []): DateRead =>
  read(value, formats, true);

/** Reads a point in time in the same way; a day is its start in UTC. */
export function readInstant(value: unknown, formats: readonly DateFormat[] = []): Date | undefined {
  const date = read(value, formats, false);
  return date.kind === 'told' ? new Date(date.value) : undefined;
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

/** Whether a format can read the dates that it writes: with a mistake in it, each date would be unreadable. */
export function isDateFormat(format: DateFormat): boolean {
  if (format === 'odata') return true;
  const day = DateTime.utc(2031, 11, 24);
  const back = DateTime.fromFormat(day.toFormat(format, { locale: 'en' }), format, {
    zone: 'utc',
    locale: 'en',
  });
  return back.isValid && back.toMillis() === day.toMillis();
}

/** Writes a day, or a time with offset, as a source that declares this format does. */
export function writeDate(text: string, format: DateFormat | undefined): string {
  if (format === undefined) return text;
  const at = DateTime.fromISO(text, { zone: 'utc' });
  return format === 'odata' ? `/Date(${at.toMillis()})/` : at.toFormat(format, { locale: 'en' });
}
