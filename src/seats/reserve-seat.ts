import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../platform/version-conflict.ts';
import { toSeatSince } from '../requests/record/due.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import type { License } from '../webex/license.ts';
import {
  countFree,
  hasSeat,
  isNewlyAwaited,
  type NoSeats,
  release,
  reserve,
  reserveStock,
  type SeatPool,
  type StoredSeatPool,
  toPool,
  toWake,
} from './pool.ts';
import { MAX_CONFLICTS, readPoolSince, readWaiters, type SeatStores, wakeWithSeats } from './waiters.ts';

/** A request that needs a seat, and its place among the waiters. */
export interface SeatAsker {
  readonly requestId: string;
  readonly orgId: string | undefined;
  readonly since: Date;
}

/** Seats that this instance has reserved, and may assign to requests until `lastsUntil`. */
export interface Stock {
  readonly kind: 'stock';
  readonly pool: StoredSeatPool;
  /** The seat of the asking request included. */
  readonly seats: number;
  readonly lastsUntil: Date;
}

type Reserved = Stock | { readonly kind: 'seat' } | { readonly kind: 'none' };

interface Asked {
  readonly license: License;
  readonly noSeats: NoSeats;
  readonly asker: SeatAsker;
  readonly instance: string;
}

/** A request gets no seat only by a catalogue of at most this age. */
const EXHAUSTED_AGE_MS = 15_000;

const SEAT: Reserved = { kind: 'seat' };
const NONE: Reserved = { kind: 'none' };

/**
 * Reserves a seat in the pool that all instances share; older waiters come first.
 * @param known the pool as this instance wrote it last
 * @throws {WebexFailure} where the catalogue cannot be read, or after too many version conflicts
 */
export async function reserveInPool(
  stores: SeatStores,
  asked: Asked,
  known: StoredSeatPool | undefined,
): Promise<Reserved> {
  const { license, asker } = asked;
  let stored = known;
  const reserved = await retryOnConflict(async () => {
    stored ??= await stores.pools.read(license.id);
    const { startedAt } = await stores.catalogue.readSince(new Date(0), asker.orgId);
    const pool = toPool(stored, license, startedAt, asker.orgId);
    stored = undefined;
    return reserveOnce(stores, asked, pool);
  }, MAX_CONFLICTS);
  if (reserved !== VERSION_CONFLICT) return reserved;
  throw new WebexFailure({ condition: 'seats-contended', remedy: 'retry', errors: [] });
}

async function reserveOnce(
  stores: SeatStores,
  { noSeats, asker, instance }: Asked,
  known: SeatPool | StoredSeatPool,
): Promise<Reserved | VersionConflict> {
  const { pools, clock } = stores;
  const { requestId, since } = asker;
  const now = clock();
  if (hasSeat(known, requestId, now)) return SEAT;
  const released = release(known, requestId);
  const exhaustedSince = new Date(now.getTime() - EXHAUSTED_AGE_MS);
  const pool =
    countFree(released) > 0
      ? released
      : ((await readPoolSince(stores, released, exhaustedSince)) ?? released);
  if (countFree(pool) <= 0) {
    if (noSeats !== 'wait' || !isNewlyAwaited(pool, now)) return NONE;
    const noted = await pools.write({ ...pool, awaitedAt: now });
    return noted === VERSION_CONFLICT ? noted : NONE;
  }
  const older = (await readWaiters(stores, pool)).filter((waiter) => toSeatSince(waiter) < since);
  const woken = toWake(pool, older, now);
  if (woken.length > 0 && woken.length >= countFree(pool)) {
    const wake = await wakeWithSeats(stores, { ...pool, awaitedAt: now }, woken);
    return wake === VERSION_CONFLICT ? wake : NONE;
  }
  const stock = reserveStock(pool, instance, now);
  if (pool.awaitedAt !== undefined || stock.seats === 0) {
    const written = await pools.write(reserve(pool, requestId, now));
    return written === VERSION_CONFLICT ? written : SEAT;
  }
  const written = await pools.write(stock.pool);
  if (written === VERSION_CONFLICT) return written;
  return { ...stock, kind: 'stock', pool: written };
}
