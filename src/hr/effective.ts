import type { HrEvent } from './hr-event.ts';

const DAY_MS = 86_400_000;

/** How far local time is ahead of UTC at an instant. */
function toOffsetMs(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return local - Math.floor(at.getTime() / 1_000) * 1_000;
}

/** When a day begins in a time zone. */
export function toStartOfDay(day: string, timeZone: string): Date {
  const utc = Date.parse(`${day}T00:00:00Z`);
  const guess = utc - toOffsetMs(new Date(utc), timeZone);
  // The offset at midnight may be another one than at the guess: clocks change at night.
  return new Date(utc - toOffsetMs(new Date(guess), timeZone));
}

const nextDay = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/**
 * When an event takes effect: an instant as it is; of a day, its beginning where the person is, and for a leaver
 * its end, since HR names the last day. Without either, when HR said so, or else `fallback`.
 */
export function toEffectiveAt(event: HrEvent, timeZone: string, fallback: Date): Date {
  const { effective, kind, occurredAt } = event;
  if (effective === undefined) return occurredAt === undefined ? fallback : new Date(occurredAt);
  const zone = event.timeZone ?? timeZone;
  return kind === 'leaver' ? toEndOfDay(effective, zone) : toStart(effective, zone);
}

const isInstant = (effective: string) => effective.length > 10;

/** When a first day begins; an instant is itself. */
export const toStart = (effective: string, timeZone: string): Date =>
  isInstant(effective) ? new Date(effective) : toStartOfDay(effective, timeZone);

/** When a last day is over: it is worked. An instant is itself. */
export const toEndOfDay = (effective: string, timeZone: string): Date =>
  isInstant(effective) ? new Date(effective) : toStartOfDay(nextDay(effective), timeZone);

export const addDays = (at: Date, days: number): Date => new Date(at.getTime() + days * DAY_MS);
