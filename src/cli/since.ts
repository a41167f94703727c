import { DateTime } from 'luxon';

/** An instant, and how it is said to the person who typed it. */
export interface Since {
  readonly at: Date;
  readonly text: string;
}

const TIME_OF_DAY = /^(\d{1,2}):(\d{2})$/;
const FULL_DATE = /^\d{4}-\d{2}-\d{2}(?=$|[T ])/i;
const LOCAL = 'yyyy-MM-dd HH:mm';

/**
 * Reads a time of day, which is the latest one that is past, or an ISO time; without an offset it is local. Where clocks
 * are put back, an hour comes twice, and the later one is meant that is past.
 * @param zone the IANA time zone of the reader
 * @returns what is wrong, where it cannot be read
 */
export function readSince(text: string, now: Date, zone: string): Since | string {
  const local = DateTime.fromJSDate(now, { zone });
  const [, hour, minute] = TIME_OF_DAY.exec(text.trim()) ?? [];
  if (hour === undefined || minute === undefined) return readIso(text.trim(), now, zone);
  const time = { hour: Number(hour), minute: Number(minute) };
  if (time.hour > 23 || time.minute > 59) return `"${text}" is no time of day: say it as 18:00.`;
  const isLaterToday = time.hour * 60 + time.minute > local.hour * 60 + local.minute;
  const today = local.set({ ...time, second: 0, millisecond: 0 });
  const at =
    toLatest(today, now) ?? (isLaterToday ? toLatest(today.minus({ days: 1 }).set(time), now) : today);
  return at?.hour === time.hour && at.minute === time.minute
    ? toSince(at)
    : toMissing(text, at ?? today, zone);
}

function readIso(text: string, now: Date, zone: string): Since | string {
  const iso = text.replace(' ', 'T');
  const read = DateTime.fromISO(iso, { zone });
  if (!read.isValid || !FULL_DATE.test(text))
    return `"${text}" cannot be read: say a time of day such as 18:00, or a time such as 2026-12-01T18:00 or 2026-12-01T18:00:00Z.`;
  const typed = DateTime.fromISO(iso, { zone: 'utc' });
  const hasOffset = iso.length > 'yyyy-MM-dd'.length && +typed === +read;
  const at = hasOffset ? read : (toLatest(read, now) ?? read);
  if (!hasOffset && iso.includes('T') && at.toFormat(LOCAL) !== typed.toFormat(LOCAL))
    return toMissing(typed.toFormat('HH:mm'), at, zone);
  return at.toJSDate() > now ? `${toSince(at).text} is to come.` : toSince(at);
}

/** Of the instants that a local time can mean, the latest that is past. */
const toLatest = (at: DateTime, now: Date): DateTime | undefined =>
  at
    .getPossibleOffsets()
    .sort((one, other) => +one - +other)
    .findLast((one) => one.toJSDate() <= now);

const toMissing = (text: string, at: DateTime, zone: string): string =>
  `${text} did not exist on ${at.toISODate()} in ${zone}: say another time.`;

const toSince = (at: DateTime): Since => ({
  at: at.toJSDate(),
  text: `${at.toFormat(LOCAL)} ${at.zoneName} (${at.toUTC().toISO({ suppressMilliseconds: true })})`,
});
