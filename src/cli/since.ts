import { DateTime } from 'luxon';

/** An instant, and how it is said to the person who typed it. */
export interface Since {
  readonly at: Date;
  readonly text: string;
}

const TIME_OF_DAY = /^(\d{1,2}):(\d{2})$/;
const LOCAL = 'yyyy-MM-dd HH:mm';

/**
 * Reads a time of day, which is the latest one that is past, or an ISO time; without an offset it is local.
 * @param zone the IANA time zone of the reader
 * @returns what is wrong, where it cannot be read
 */
export function readSince(text: string, now: Date, zone: string): Since | string {
  const local = DateTime.fromJSDate(now, { zone });
  const [, hour, minute] = TIME_OF_DAY.exec(text.trim()) ?? [];
  if (hour === undefined || minute === undefined) return readIso(text.trim(), now, zone);
  const [hours, minutes] = [Number(hour), Number(minute)];
  if (hours > 23 || minutes > 59) return `"${text}" is no time of day: say it as 18:00.`;
  const today = local.set({ hour: hours, minute: minutes, second: 0, millisecond: 0 });
  const at = today > local ? today.minus({ days: 1 }) : today;
  // Where clocks are put forward, an hour is missing.
  return at.hour === hours && at.minute === minutes
    ? toSince(at)
    : `${text} did not exist on ${at.toISODate()} in ${zone}: say another time.`;
}

function readIso(text: string, now: Date, zone: string): Since | string {
  const at = DateTime.fromISO(text, { zone });
  const isFull = /^\d{4}-\d{2}-\d{2}/.test(text);
  if (!at.isValid || !isFull)
    return `"${text}" cannot be read: say a time of day such as 18:00, or a time such as 2026-12-01T18:00 or 2026-12-01T18:00:00Z.`;
  return at.toJSDate() > now ? `${toSince(at).text} is to come.` : toSince(at);
}

const toSince = (at: DateTime): Since => ({
  at: at.toJSDate(),
  text: `${at.toFormat(LOCAL)} ${at.zoneName} (${at.toUTC().toISO({ suppressMilliseconds: true })})`,
});
