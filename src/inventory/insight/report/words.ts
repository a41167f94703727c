import type { Forecast } from '../../schemas/forecast.ts';
import { MIN_DAYS } from '../forecast.ts';
import { ENOUGH_READINGS } from '../history.ts';
import { type Content, html } from './html.ts';

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const signed = new Intl.NumberFormat('en', { maximumFractionDigits: 1, signDisplay: 'exceptZero' });
const days = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const times = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

export const toNumber = (value: number): string => numbers.format(value);
/** With its sign, and a true minus. */
export const toSigned = (value: number): string => signed.format(value).replace('-', '−');
export const toDate = (at: Date): string => days.format(at);
export const toTime = (at: Date): string => `${times.format(at)} UTC`;
export const toCount = (count: number, one: string, many = `${one}s`): string =>
  `${toNumber(count)} ${count === 1 ? one : many}`;

/** A name from outside: it may run from right to left, and must not take what follows with it. */
export const toName = (name: string): Content => html`<bdi>${name.trim() || '(no name)'}</bdi>`;

/** Free units in words; over-use is said as such. */
export const toFree = (freeUnits: number): string =>
  freeUnits < 0
    ? `${toNumber(-freeUnits)} over`
    : freeUnits === 0
      ? 'none free'
      : `${toNumber(freeUnits)} free`;

const DAY_MS = 86_400_000;

/**
 * A forecast in words: the estimate, and its range.
 * @param from the day of the last reading
 * @param readings how many it is made from
 */
export function toForecastWords(
  forecast: Forecast,
  from: Date,
  readings: number,
): { readonly main: string; readonly detail?: string } {
  const on = (inDays: number) => toDate(new Date(from.getTime() + inDays * DAY_MS));
  switch (forecast.kind) {
    case 'used-up':
      return { main: 'None left now' };
    case 'not-enough-history':
      return { main: 'Not enough history yet', detail: toMissing(readings, forecast.days) };
    case 'not-within-a-year': {
      const { earliestDays } = forecast;
      return {
        main: 'Not within a year',
        ...(earliestDays !== undefined && {
          detail: `at the fastest, in ${toCount(earliestDays, 'day')}`,
        }),
      };
    }
    case 'runs-out': {
      const { earliestDays, latestDays } = forecast;
      const range =
        latestDays === undefined
          ? `${toNumber(earliestDays)} days or more`
          : `${toNumber(earliestDays)} to ${toNumber(latestDays)} days`;
      return { main: `In ${toCount(forecast.days, 'day')}, ${on(forecast.days)}`, detail: `range: ${range}` };
    }
  }
}

/** What a forecast needs and there is not: readings, or time between the first and the last of them. */
const toMissing = (readings: number, known: number): string =>
  [
    readings < ENOUGH_READINGS && `${toNumber(readings)} of ${ENOUGH_READINGS} readings`,
    known < MIN_DAYS && `${toNumber(known)} of ${MIN_DAYS} days`,
  ]
    .filter(Boolean)
    .join(', ');
