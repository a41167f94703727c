import * as z from 'zod';
import { type Immutable, stored } from '../platform/stored.ts';
import { ATTEMPT_DEADLINE_MS } from '../requests/record/due.ts';
import type { License } from '../webex/license.ts';
import { toFreeUnits } from '../webex/license.ts';
import { toComparableName } from '../webex/license-name.ts';

/** What to do where a license has no free seat: wait for one, overdraw the pool, or fail. */
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
  /** The request with a seat, or the instance with a stock of several. */
  by: z.string(),
  count: z.number(),
  /** Until then the change with the seat has ended: a catalogue that is read later shows whether it was used. */
  until: date,
  /** Its change has ended and may have used it: it stays reserved until a catalogue shows it, at most until `until`. */
  isUsed: z.boolean().exactOptional(),
});
type Reservation = Immutable<z.output<typeof reservationSchema>>;

/** The free seats of one license, shared by all instances. */
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
  /** The number of reserved seats that a reading has shown as consumed while their changes were under way. */
  shown: z.number().exactOptional(),
  /** When a request last began to wait for a seat; noted at most every 30 s. Later requests queue behind it. */
  awaitedAt: date.exactOptional(),
});
export type SeatPool = Immutable<z.output<typeof seatPoolSchema>>;

export interface StoredSeatPool extends SeatPool {
  readonly version: string;
}

/** How long an instance may assign seats of its stock to requests. */
const STOCK_LASTS_MS = 30_000;
/** The last seat of a stock is used within one attempt. */
export const RESERVED_FOR_MS = STOCK_LASTS_MS + ATTEMPT_DEADLINE_MS;

/** How long a used seat stays reserved where no catalogue shows it: counts may lag by minutes. */
const UNSHOWN_FOR_MS = 3_600_000;

/**
 * Updates a pool by a newer reading of the catalogue. Counts may lag behind changes: a used seat stays reserved until
 * the consumed units have risen by it.
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

/** Whether the request has a seat that lasts for a whole attempt, from a wake-up or an attempt before. */
export const hasSeat = ({ taken }: SeatPool, requestId: string, now: Date): boolean =>
  taken.some(({ by, until }) => by === requestId && until.getTime() >= now.getTime() + ATTEMPT_DEADLINE_MS);

/** Releases the seat of a request. */
export const release = <P extends SeatPool>(pool: P, requestId: string): P => ({
  ...pool,
  ...withoutShown(
    pool.taken.filter(({ by }) => by !== requestId),
    pool.shown ?? 0,
  ),
});

/** Reserves one seat for the request; it replaces a seat that the request has. */
export function reserve<P extends SeatPool>(pool: P, requestId: string, now: Date): P {
  const until = new Date(now.getTime() + RESERVED_FOR_MS);
  const released = release(pool, requestId);
  return { ...released, taken: [...released.taken, { by: requestId, count: 1, until }] };
}

/** Marks the seat of a request as used: it stays reserved until a catalogue shows it. */
export function markUsed<P extends SeatPool>(pool: P, requestId: string, now: Date): P {
  const until = new Date(now.getTime() + UNSHOWN_FOR_MS);
  const reserved = pool.taken.map((reservation) =>
    reservation.by === requestId ? { ...reservation, isUsed: true, until } : reservation,
  );
  return { ...pool, ...withoutShown(reserved, pool.shown ?? 0) };
}

/** Whether a new waiter is to be noted: at most every 30 s, so that many waiters cost few writes. */
export const isNewlyAwaited = ({ awaitedAt }: SeatPool, now: Date): boolean =>
  awaitedAt === undefined || now.getTime() - awaitedAt.getTime() > STOCK_LASTS_MS;

/** Whether each waiter has been stored, so that a query finds it. */
export const areWaitersStored = ({ awaitedAt }: SeatPool, now: Date): boolean =>
  awaitedAt === undefined || now.getTime() - awaitedAt.getTime() > RESERVED_FOR_MS;

const MAX_STOCK = 64;
/** An eighth of the free seats, so that instances run out of seats at about the same time. */
const SHARE = 8;

/** With fewer free units than this, each seat is reserved separately: a used seat is known at once. */
export const SCARCE_UNITS = 50;

/** Reserves several seats for an instance, so that it calls storage seldom; none of a scarce pool. */
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

/** The waiters to wake: for each free seat the oldest without a seat. */
export function toWake<W extends { readonly requestId: string }>(
  pool: SeatPool,
  waiting: readonly W[],
  now: Date,
): readonly W[] {
  const seatless = waiting.filter(({ requestId }) => !hasSeat(pool, requestId, now));
  return seatless.slice(0, Math.max(0, countFree(pool)));
}

/** Whether a pool may be removed: no catalogue has listed its license for so long, and no request waits or has a seat. */
export const isUnused = ({ readAt, awaitedAt, taken }: SeatPool, now: Date, forMs: number): boolean =>
  now.getTime() - readAt.getTime() >= forMs &&
  awaitedAt === undefined &&
  taken.every(({ until }) => until <= now);
