import * as z from 'zod';
import { type Immutable, stored } from '../platform/stored.ts';
import { ATTEMPT_DEADLINE_MS } from '../requests/record/record.ts';
import type { License } from '../webex/license.ts';
import { toFreeUnits } from '../webex/license.ts';
import { toComparableName } from '../webex/license-name.ts';

/** What to do where a license has no seat left: wait for one, overdraw the pool, or fail. */
export type NoSeats = 'wait' | 'overage' | 'reject';

export interface NoSeatsPolicy {
  readonly otherwise: NoSeats;
  /** By the id or the name of a license. */
  readonly byLicense: ReadonlyMap<string, NoSeats>;
}

export const toNoSeats = ({ id, name }: License, { otherwise, byLicense }: NoSeatsPolicy): NoSeats =>
  byLicense.get(id) ?? byLicense.get(toComparableName(name)) ?? otherwise;

const date = z.coerce.date();

const reservationSchema = stored({
  /** The request that a seat is for, or the instance that has a stock of several. */
  by: z.string(),
  count: z.number(),
  /** By then a change that needs the seat has ended: a catalogue that is read later shows whether it was used. */
  until: date,
  /** Its change has ended, and may have used it; `until` is when the catalogue is no longer waited for. */
  isUsed: z.boolean().exactOptional(),
});
export type Reservation = Immutable<z.output<typeof reservationSchema>>;

/** The free seats of one license, as all instances see them. */
export const seatPoolSchema = stored({
  licenseId: z.string(),
  orgId: z.string().exactOptional(),
  /** By the catalogue whose reading began at `readAt`. */
  freeUnits: z.number(),
  readAt: date,
  /** By the same reading. */
  consumedUnits: z.number().exactOptional(),
  /** The reserved seats: they may not be in that reading yet. */
  taken: z.array(reservationSchema),
  /** How many of the reserved seats a reading has shown as consumed before their changes were known to have ended. */
  shown: z.number().exactOptional(),
  /** When a request last began to wait for a seat, as far as was noted: later requests queue behind it. */
  awaitedAt: date.exactOptional(),
});
export type SeatPool = Immutable<z.output<typeof seatPoolSchema>>;

export interface StoredSeatPool extends SeatPool {
  readonly version: string;
}

/** How long an instance may give seats of its stock to requests. */
const STOCK_LASTS_MS = 30_000;
/** The last seat of a stock is used within one attempt. */
export const RESERVED_FOR_MS = STOCK_LASTS_MS + ATTEMPT_DEADLINE_MS;

/** For how long a used seat stays reserved where no catalogue shows it: counts may lag by minutes. */
const UNSHOWN_FOR_MS = 3_600_000;

/**
 * The pool with what a reading of the catalogue says, where that is newer. Counts may lag behind changes: a used seat
 * stays reserved until the consumed units have risen by it.
 */
export function toPool<P extends SeatPool>(
  known: P | undefined,
  license: License,
  readAt: Date,
  orgId: string | undefined,
): P | SeatPool {
  if (known && known.readAt >= readAt) return known;
  const consumedUnits = license.consumedUnits ?? 0;
  const risen = Math.max(0, consumedUnits - (known?.consumedUnits ?? consumedUnits));
  const lasting = known?.taken.filter(({ until }) => until > readAt) ?? [];
  return {
    ...known,
    licenseId: license.id,
    ...(orgId !== undefined && { orgId }),
    freeUnits: toFreeUnits(license) ?? 0,
    consumedUnits,
    readAt,
    ...withoutShown(lasting, (known?.shown ?? 0) + risen),
  };
}

/** Used seats are shown before those whose changes are under way, the oldest first. */
function withoutShown(reserved: readonly Reservation[], shown: number): Pick<SeatPool, 'taken' | 'shown'> {
  const used = reserved.filter(({ isUsed }) => isUsed).slice(0, shown);
  const unshown = reserved.filter((reservation) => !used.includes(reservation));
  const underWay = unshown.reduce((sum, { count, isUsed }) => (isUsed ? sum : sum + count), 0);
  return { taken: unshown, shown: Math.min(shown - used.length, underWay) };
}

export const countFree = ({ freeUnits, taken }: SeatPool): number =>
  taken.reduce((free, { count }) => free - count, freeUnits);

/** Whether the request has a seat that lasts for a whole attempt: it was woken, or tries again. */
export const hasSeat = ({ taken }: SeatPool, requestId: string, now: Date): boolean =>
  taken.some(({ by, until }) => by === requestId && until.getTime() >= now.getTime() + ATTEMPT_DEADLINE_MS);

/** Without the seat of an earlier attempt: it was not used, or the person would hold the license. */
export const release = <P extends SeatPool>(pool: P, requestId: string): P => ({
  ...pool,
  ...withoutShown(
    pool.taken.filter(({ by }) => by !== requestId),
    pool.shown ?? 0,
  ),
});

/** Reserves one seat for the request, from now on; a seat it had before is the same one. */
export function reserve<P extends SeatPool>(pool: P, requestId: string, now: Date): P {
  const until = new Date(now.getTime() + RESERVED_FOR_MS);
  const released = release(pool, requestId);
  return { ...released, taken: [...released.taken, { by: requestId, count: 1, until }] };
}

/** The request's change has ended, and has used its seat, as far as is known: a catalogue will show it. */
export function markUsed<P extends SeatPool>(pool: P, requestId: string, now: Date): P {
  const until = new Date(now.getTime() + UNSHOWN_FOR_MS);
  const reserved = pool.taken.map((reservation) =>
    reservation.by === requestId ? { ...reservation, isUsed: true, until } : reservation,
  );
  return { ...pool, ...withoutShown(reserved, pool.shown ?? 0) };
}

/** Whether it must be noted that a request waits from now on: seldom, where many do. */
export const isNewlyAwaited = ({ awaitedAt }: SeatPool, now: Date): boolean =>
  awaitedAt === undefined || now.getTime() - awaitedAt.getTime() > STOCK_LASTS_MS;

/** Whether each request that was told to wait is stored as waiting by now, and would be found. */
export const areWaitersStored = ({ awaitedAt }: SeatPool, now: Date): boolean =>
  awaitedAt === undefined || now.getTime() - awaitedAt.getTime() > RESERVED_FOR_MS;

const MAX_STOCK = 64;
/** So that instances run out of seats at about the same time. */
const SHARE = 8;

/** With fewer units free than this, each seat is reserved by itself: what is used is known at once. */
export const SCARCE_UNITS = 50;

/** Reserves several seats for an instance, so that storage is asked seldom; none of a scarce pool. */
export function reserveStock<P extends SeatPool>(
  pool: P,
  instance: string,
  now: Date,
): { readonly pool: P; readonly seats: number; readonly lastsUntil: Date } {
  const free = countFree(pool);
  const seats = free < SCARCE_UNITS ? 0 : Math.min(MAX_STOCK, Math.floor(free / SHARE));
  const stock = { by: instance, count: seats, until: new Date(now.getTime() + RESERVED_FOR_MS) };
  return {
    pool: { ...pool, taken: [...pool.taken, stock] },
    seats,
    lastsUntil: new Date(now.getTime() + STOCK_LASTS_MS),
  };
}

/** Of requests that wait, the oldest first, those that seats are free for and that have none. */
export function toWake<W extends { readonly requestId: string }>(
  pool: SeatPool,
  waiting: readonly W[],
  now: Date,
): readonly W[] {
  const seatless = waiting.filter(({ requestId }) => !hasSeat(pool, requestId, now));
  return seatless.slice(0, Math.max(0, countFree(pool)));
}

/**
 * Whether the pool says nothing any more: no catalogue has shown its license for so long, since the license has gone or
 * has not been asked for, and no request waits for it or has a seat of it.
 */
export const isUnused = ({ readAt, awaitedAt, taken }: SeatPool, now: Date, forMs: number): boolean =>
  now.getTime() - readAt.getTime() >= forMs &&
  awaitedAt === undefined &&
  taken.every(({ until }) => until <= now);
