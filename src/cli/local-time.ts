import { InvalidArgumentError, Option } from 'commander';
import { DateTime } from 'luxon';

/** An instant, and how it is said to the person who typed it. */
export interface LocalTime {
  readonly at: Date;
  readonly text: string;
}

/** On which side of now a time has to be. With `any`, a time of day is past, and a date may be on both sides. */
export type Direction = 'past' | 'future' | 'any';

interface Reading {
  readonly now: Date;
  /** The IANA time zone of the reader. */
  readonly zone: string;
  readonly direction: Direction;
}

const TIME_OF_DAY = /^(\d{1,2}):(\d{2})$/;
const FULL_DATE = /^\d{4}-\d{2}-\d{2}(?=$|[T ])/i;
const LOCAL = 'yyyy-MM-dd HH:mm';

/** An option that takes a time as people write it. */
export function timeOption(flags: string, description: string, direction: Direction): Option {
  return new Option(flags, `${description}: a time of day such as 18:00, or a date or time`).argParser(
    (text): LocalTime => {
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const read = readLocalTime(text, { now: new Date(), zone, direction });
      if (typeof read === 'string') throw new InvalidArgumentError(read);
      return read;
    },
  );
}

/** The query of a list: times in UTC. */
export const toTimes = (filter: Readonly<Record<string, string | LocalTime | undefined>>) =>
  Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : value.at.toISOString()]],
    ),
  );

/**
 * Reads a time of day, which is the nearest one in the direction, or an ISO time; without an offset it is local. Where
 * clocks are put back, an hour comes twice, and the nearer one is meant.
 * @returns what is wrong, where it cannot be read
 */
export function readLocalTime(text: string, reading: Reading): LocalTime | string {
  const [, hour, minute] = TIME_OF_DAY.exec(text.trim()) ?? [];
  if (hour === undefined || minute === undefined) return readIso(text.trim(), reading);
  return readTimeOfDay(text, { hour: Number(hour), minute: Number(minute) }, reading);
}

function readTimeOfDay(
  text: string,
  time: { readonly hour: number; readonly minute: number },
  reading: Reading,
): LocalTime | string {
  if (time.hour > 23 || time.minute > 59) return `"${text}" is no time of day: say it as 18:00.`;
  const local = DateTime.fromJSDate(reading.now, { zone: reading.zone });
  const today = local.set({ ...time, second: 0, millisecond: 0 });
  const isLater = time.hour * 60 + time.minute > local.hour * 60 + local.minute;
  const isFuture = reading.direction === 'future';
  const at =
    toNearest(today, reading) ??
    (isLater === isFuture ? today : toNearest(today.plus({ days: isFuture ? 1 : -1 }).set(time), reading));
  return at?.hour === time.hour && at.minute === time.minute
    ? toLocalTime(at)
    : toMissing(text, at ?? today, reading);
}

function readIso(text: string, reading: Reading): LocalTime | string {
  const iso = text.replace(' ', 'T');
  const read = DateTime.fromISO(iso, { zone: reading.zone });
  if (!read.isValid || !FULL_DATE.test(text))
    return `"${text}" cannot be read: say a time of day such as 18:00, or a time such as 2026-12-01T18:00 or 2026-12-01T18:00:00Z.`;
  const typed = DateTime.fromISO(iso, { zone: 'utc' });
  const hasOffset = iso.length > 'yyyy-MM-dd'.length && +typed === +read;
  const at = hasOffset ? read : (toNearest(read, reading) ?? read);
  if (!hasOffset && iso.includes('T') && at.toFormat(LOCAL) !== typed.toFormat(LOCAL))
    return toMissing(typed.toFormat('HH:mm'), at, reading);
  if (reading.direction === 'past' && at.toJSDate() > reading.now)
    return `${toLocalTime(at).text} is to come.`;
  if (reading.direction === 'future' && at.toJSDate() <= reading.now)
    return `${toLocalTime(at).text} is past.`;
  return toLocalTime(at);
}

/** Of the instants that a local time can mean, the nearest one in the direction. */
function toNearest(at: DateTime, { now, direction }: Reading): DateTime | undefined {
  const possible = at.getPossibleOffsets().sort((one, other) => +one - +other);
  return direction === 'future'
    ? possible.find((one) => one.toJSDate() > now)
    : possible.findLast((one) => one.toJSDate() <= now);
}

const toMissing = (text: string, at: DateTime, { zone }: Reading): string =>
  `${text} does not exist on ${at.toISODate()} in ${zone}: say another time.`;

const toLocalTime = (at: DateTime): LocalTime => ({
  at: at.toJSDate(),
  text: `${at.toFormat(LOCAL)} ${at.zoneName} (${at.toUTC().toISO({ suppressMilliseconds: true })})`,
});
