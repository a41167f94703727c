import * as z from 'zod';
import { type Immutable, stored } from '../platform/stored.ts';
import type { Limit } from './limits.ts';

const date = z.coerce.date();

const countedSchema = stored({
  /** Of the lease: one for each person, however the requests name them. */
  personKey: z.string(),
  /** When a removal was reserved for the person last. */
  at: date,
  /** The same for the removal of a Calling license. */
  callingAt: date.exactOptional(),
});
export type Counted = Immutable<z.output<typeof countedSchema>>;

/** The people of one organization from whom something was taken, or may have been. */
export const removalCounterSchema = stored({ orgKey: z.string(), people: z.array(countedSchema) });
export type RemovalCounter = Immutable<z.output<typeof removalCounterSchema>>;

export interface StoredRemovalCounter extends RemovalCounter {
  readonly version: string;
}

/** A person from whom something is to be taken. */
export interface Removal {
  readonly personKey: string;
  /** Whether a license of Webex Calling is among it. */
  readonly isCalling: boolean;
}

export const newRemovalCounter = (orgKey: string): RemovalCounter => ({ orgKey, people: [] });

/**
 * How much later than its reservation a removal may happen, by the clock of any instance: an attempt lasts 45 s, a
 * change without an answer may arrive 15 s later, and clocks may differ by 15 s. For so long a person counts beyond the
 * window, so that no window has more.
 */
export const HAPPENS_WITHIN_MS = 90_000;

/** People stay in the row for longer than they count: a clock that was set ahead for one write forgets none of them. */
const KEPT_LONGER_MS = 2 * 3_600_000;

const toCountedAt = (one: Counted, { isOfCalling }: Limit): Date | undefined =>
  isOfCalling ? one.callingAt : one.at;

const counts = (one: Counted, limit: Limit, now: Date): boolean => {
  const at = toCountedAt(one, limit);
  return at !== undefined && at.getTime() + limit.windowMs + HAPPENS_WITHIN_MS > now.getTime();
};

/** The limit that has no room for the person; undefined where each has. Who counts already needs no room. */
export const findFull = (
  { people }: RemovalCounter,
  { personKey, isCalling }: Removal,
  limits: readonly Limit[],
  now: Date,
): Limit | undefined =>
  limits
    .filter(({ isOfCalling }) => isCalling || !isOfCalling)
    .find((limit) => {
      const others = people.filter((one) => one.personKey !== personKey && counts(one, limit, now));
      return others.length >= limit.people;
    });

export const findCounted = ({ people }: RemovalCounter, personKey: string): Counted | undefined =>
  people.find((one) => one.personKey === personKey);

/**
 * The counter with the person, who counts from now on.
 * @param before how the person counted before; never less from now on, whatever the clock says
 */
export function countRemoval<C extends RemovalCounter>(
  counter: C,
  { personKey, isCalling }: Removal,
  before: Counted | undefined,
  limits: readonly Limit[],
  now: Date,
): C {
  const longestMs = Math.max(0, ...limits.map(({ windowMs }) => windowMs));
  const keptFromMs = now.getTime() - longestMs - HAPPENS_WITHIN_MS - KEPT_LONGER_MS;
  const others = counter.people.filter((one) => one.personKey !== personKey && one.at.getTime() > keptFromMs);
  const counted = {
    ...before,
    personKey,
    at: toLater(before?.at, now),
    ...(isCalling && { callingAt: toLater(before?.callingAt, now) }),
  };
  return { ...counter, people: [...others, counted] };
}

const toLater = (one: Date | undefined, other: Date): Date =>
  one !== undefined && one > other ? one : other;

/** The counter with a person as before: nothing was taken. */
export const uncountRemoval = <C extends RemovalCounter>(
  counter: C,
  personKey: string,
  before: Counted | undefined,
): C => ({
  ...counter,
  people: [...counter.people.filter((one) => one.personKey !== personKey), ...(before ? [before] : [])],
});

/** How many more people there is room for, by the limits of all removals or of Calling. */
export const countRoom = (
  { people }: RemovalCounter,
  limits: readonly Limit[],
  now: Date,
  isOfCalling: boolean,
): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...limits
      .filter((limit) => limit.isOfCalling === isOfCalling)
      .map((limit) => Math.max(0, limit.people - people.filter((one) => counts(one, limit, now)).length)),
  );
