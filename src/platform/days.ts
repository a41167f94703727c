import { DateTime } from 'luxon';

const isDay = (effective: string) => effective.length === 'yyyy-mm-dd'.length;

/** The first instant of a date in a zone, in milliseconds: where clocks change at midnight, that is not 00:00 or is the earlier of two. */
function toMidnightMs(at: DateTime): number {
  const [first = at] = at.startOf('day').getPossibleOffsets();
  return first.toMillis();
}

/** Days that many people share, such as the first of a month: a time library takes a third of a millisecond for one. */
const MAX_KNOWN_DAYS = 10_000;
const knownDays = new Map<string, number>();

function remember(key: string, compute: () => number): number {
  const known = knownDays.get(key) ?? compute();
  if (knownDays.size >= MAX_KNOWN_DAYS) knownDays.clear();
  knownDays.set(key, known);
  return known;
}

/** When a day begins, in milliseconds; an instant is itself. */
export const toStartMs = (effective: string, zone: string): number =>
  isDay(effective)
    ? remember(`start ${effective} ${zone}`, () => toMidnightMs(DateTime.fromISO(effective, { zone })))
    : Date.parse(effective);

/** When a last day is over, in milliseconds: it is worked. An instant is itself. */
export const toEndMs = (effective: string, zone: string): number =>
  isDay(effective)
    ? remember(`end ${effective} ${zone}`, () =>
        toMidnightMs(
          DateTime.fromISO(effective, { zone: 'utc' })
            .plus({ days: 1 })
            .setZone(zone, { keepLocalTime: true }),
        ),
      )
    : Date.parse(effective);

/** Local days later, or earlier, at the same local time: over a change of the clock a day has 23 or 25 hours. */
export const addDaysMs = (atMs: number, days: number, zone: string): number => {
  if (days === 0) return atMs;
  const at = DateTime.fromMillis(atMs, { zone });
  const moved = at.plus({ days });
  return at.toMillis() === toMidnightMs(at) ? toMidnightMs(moved) : moved.toMillis();
};

/** The date of a day or an instant in a zone. */
export const toDate = (effective: string, zone: string): string =>
  isDay(effective) ? effective : (DateTime.fromISO(effective, { zone }).toISODate() ?? effective);
