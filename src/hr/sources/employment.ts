import { type DateFormat, type DateRead, readDate } from '../../platform/dates.ts';
import { toEndMs, toStartMs } from '../../platform/days.ts';
import { cutText } from '../../platform/plain-text.ts';
import { foldWords } from '../../platform/words.ts';
import type { HrEvent, HrKind } from '../hr-event.ts';

/** What an HR system says of an employment, in its own words. */
export interface RawEmployment {
  readonly status?: unknown;
  readonly startsOn?: unknown;
  readonly endsOn?: unknown;
}

/** The same with its dates read. `null` is told as none, absent is not told. */
export type Employment = NonNullable<HrEvent['employment']>;

/** What an event means, and when it takes effect: undefined where HR names no day for it. */
export interface Meaning {
  readonly kind: HrKind;
  readonly effective: HrEvent['effective'];
}

/** When HR spoke, and where a day begins for the person. */
export interface Moment {
  readonly saidAt: Date;
  readonly timeZone: string;
}

const GONE: ReadonlySet<string> = new Set(['inactive', 'terminated', 'left', 'leaver']);
const HERE: ReadonlySet<string> = new Set([
  'active',
  'employed',
  'on leave',
  'leave of absence',
  'suspended',
]);

/** Whether a status says that the person works there; any other status says nothing of it. */
export function toPresence(status: string | undefined): 'here' | 'gone' | 'not-told' {
  const folded = foldWords((status ?? '').replace(/[_-]/g, ' '));
  return GONE.has(folded) ? 'gone' : HERE.has(folded) ? 'here' : 'not-told';
}

/** @returns the employment, or the name of the date that cannot be read */
export function readEmployment(raw: RawEmployment, formats: readonly DateFormat[]): Employment | string {
  const start = readDate(raw.startsOn, formats);
  const end = readDate(raw.endsOn, formats);
  if (start.kind === 'unreadable' || start.kind === 'never') return 'first day';
  if (end.kind === 'unreadable') return 'last day';
  return {
    ...(typeof raw.status === 'string' && { status: cutText(raw.status, 128) }),
    ...(raw.startsOn !== undefined && { startsOn: toValue(start) }),
    ...(raw.endsOn !== undefined && { endsOn: toValue(end) }),
  };
}

const toValue = (read: DateRead) => (read.kind === 'told' ? read.value : null);

/** Why an event cannot be acted on: a date is never guessed. */
export const toUnreadableDate = (what: string): string =>
  `its ${what} cannot be read: send a day such as 2026-12-31, or a time with offset, or state the format of the source in "dates"`;

/** Nobody of whom HR speaks today left before this year: 1900 and 1970 are dates that were not set. */
const FIRST_YEAR_OF_LEAVING = '2000';

/** Why an event with this day cannot be acted on, though the day can be read. */
export const findImpossible = ({ kind, effective }: Partial<Meaning>): string | undefined =>
  kind === 'leaver' && effective !== undefined && effective < FIRST_YEAR_OF_LEAVING
    ? 'its last day is before the year 2000, as systems write a date that was not set: send the day, or none'
    : undefined;

/**
 * What an event means by the whole employment. A first day to come is a hire, whatever the status. The status speaks
 * of its moment: a person who works there does not leave for a last day that is past, and a person who has left did
 * so on the last day or, where none is told, when HR said it. Where the status says neither, the last day counts. A last
 * day before the first day is of an earlier employment.
 */
export function toMeaning(kind: HrKind, employment: Employment, { saidAt, timeZone }: Moment): Meaning {
  if (kind !== 'joiner' && kind !== 'mover') return { kind, effective: undefined };
  const { status, startsOn, endsOn } = employment;
  const presence = toPresence(status);
  const start = startsOn == null ? undefined : toStartMs(startsOn, timeZone);
  if (startsOn != null && start !== undefined && start > saidAt.getTime())
    return { kind: 'joiner', effective: startsOn };
  const end = endsOn == null ? undefined : toEndMs(endsOn, timeZone);
  const isOfThisTime = endsOn != null && end !== undefined && (start === undefined || end > start);
  const isToCome = end !== undefined && end > saidAt.getTime();
  if (presence === 'gone') return { kind: 'leaver', effective: isOfThisTime ? endsOn : undefined };
  // A hire for a time: HR sends the last day again before it comes.
  if (kind === 'joiner' && startsOn != null && (isToCome || !isOfThisTime))
    return { kind, effective: startsOn };
  if (isOfThisTime && (isToCome || presence === 'not-told')) return { kind: 'leaver', effective: endsOn };
  return { kind, effective: kind === 'joiner' ? (startsOn ?? undefined) : undefined };
}
