import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Purge } from '../platform/purge.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../platform/version-conflict.ts';
import type { StoredRequest } from '../requests/record/record.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import type { Catalogue } from '../webex/catalogue.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import { areWaitersStored, reserve, type SeatPool, type StoredSeatPool, toPool, toWake } from './pool.ts';

/** The port to the seat pools of all licenses. */
export interface SeatPools {
  read(licenseId: string): Promise<StoredSeatPool | undefined>;
  write(pool: SeatPool | StoredSeatPool): Promise<StoredSeatPool | VersionConflict>;
  /** The pools with waiting requests. */
  awaited(): Promise<readonly StoredSeatPool[]>;
  /** Removes the pool of a license that no catalogue has listed for the retention. */
  purge: Purge;
}

export interface SeatStores {
  readonly pools: SeatPools;
  readonly catalogue: Catalogue;
  readonly requestStore: Pick<RequestStore, 'waitingForSeats'>;
  readonly messages: WorkQueue;
  readonly clock: Clock;
}

/** Each conflict means that another instance reserved a seat. */
export const MAX_CONFLICTS = 20;
const MAX_WOKEN_AT_ONCE = 100;

/** The pool by a catalogue that was read at `since` or later; `undefined` where that lacks the license. */
export async function readPoolSince<P extends SeatPool>(
  { catalogue }: SeatStores,
  pool: P,
  since: Date,
): Promise<P | SeatPool | undefined> {
  const { licenses, startedAt } = await catalogue.readSince(since, pool.orgId);
  const license = licenses.find(({ id }) => id === pool.licenseId);
  return license && toPool(pool, license, startedAt, pool.orgId);
}

/** The requests that wait for a seat of the pool, the oldest first. */
export const readWaiters = async (
  { requestStore }: SeatStores,
  { licenseId, awaitedAt, taken }: SeatPool,
): Promise<readonly StoredRequest[]> =>
  awaitedAt ? requestStore.waitingForSeats(licenseId, MAX_WOKEN_AT_ONCE + taken.length) : [];

/** Reserves a seat for each waiter, then sends its work message: no later request can reserve the seat in between. */
export async function wakeWithSeats(
  { pools, messages, clock }: SeatStores,
  pool: SeatPool,
  waiters: readonly StoredRequest[],
): Promise<'woken' | VersionConflict> {
  const now = clock();
  const reserved = waiters.reduce((next, { requestId }) => reserve(next, requestId, now), pool);
  if ((await pools.write(reserved)) === VERSION_CONFLICT) return VERSION_CONFLICT;
  await Promise.all(waiters.map((waiter) => messages.send(waiter, 0)));
  return 'woken';
}

/** Reserves the free seats of a license for its oldest waiters. */
export async function wakeAwaited(stores: SeatStores, licenseId: string, since: Date): Promise<void> {
  const pool = await stores.pools.read(licenseId);
  if (pool?.awaitedAt) await wakeWaiters(stores, pool, since);
}

/** Reserves the free seats of a pool for its oldest waiters. Without waiters, Webex is not called. */
export async function wakeWaiters(stores: SeatStores, stored: StoredSeatPool, since: Date): Promise<void> {
  const { pools, messages, clock } = stores;
  const waiters = await readWaiters(stores, stored);
  if (waiters.length === 0) {
    const { awaitedAt: _ended, ...unawaited } = stored;
    if (areWaitersStored(stored, clock())) await pools.write(unawaited);
    return;
  }
  const pool = await readPoolSince(stores, stored, since);
  if (pool === undefined) {
    // The catalogue lacks the license: the worker finds another license for each waiter, or fails it.
    await Promise.all(waiters.slice(0, MAX_WOKEN_AT_ONCE).map((waiter) => messages.send(waiter, 0)));
    return;
  }
  const woken = toWake(pool, waiters, clock()).slice(0, MAX_WOKEN_AT_ONCE);
  if (woken.length > 0) await wakeWithSeats(stores, pool, woken);
}

/** Changes the pool with the reservation of a request. If every write conflicts, the reservation expires by itself. */
export async function updateReservation(
  { pools }: SeatStores,
  { requestId, licenseId }: { readonly requestId: string; readonly licenseId: string },
  update: (pool: StoredSeatPool) => StoredSeatPool,
): Promise<void> {
  await retryOnConflict(async () => {
    const pool = await pools.read(licenseId);
    return pool?.taken.some(({ by }) => by === requestId) ? pools.write(update(pool)) : undefined;
  }, MAX_CONFLICTS);
}

/**
 * Runs work that needs the catalogue. Where Webex fails, the work is left to the next sweep.
 * @returns false where Webex failed
 */
export async function unlessWebexFails(log: Log, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof WebexFailure)) throw error;
    log.warn('seats-not-checked', { condition: error.condition, trackingId: error.trackingId });
    return false;
  }
}
