import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Purge } from '../platform/purge.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../platform/version-conflict.ts';
import type { StoredRequest } from '../requests/record/record.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import type { Catalogue } from '../webex/catalogue.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import { areWaitersStored, reserve, type SeatPool, type StoredSeatPool, toPool, toWake } from './pool.ts';

/** The seats that instances have reserved of each license. */
export interface SeatPools {
  read(licenseId: string): Promise<StoredSeatPool | undefined>;
  write(pool: SeatPool | StoredSeatPool): Promise<StoredSeatPool | VersionConflict>;
  /** Those that requests wait for. */
  awaited(): Promise<readonly StoredSeatPool[]>;
  /** Removes pools of licenses that no catalogue has shown for the retention. */
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

/** The pool by a catalogue that was read since; undefined where that does not have the license. */
export async function readPoolSince<P extends SeatPool>(
  { catalogue }: SeatStores,
  pool: P,
  since: Date,
): Promise<P | SeatPool | undefined> {
  const { licenses, startedAt } = await catalogue.readSince(since, pool.orgId);
  const license = licenses.find(({ id }) => id === pool.licenseId);
  return license && toPool(pool, license, startedAt, pool.orgId);
}

/** The requests that wait for a seat of the license, the oldest first. */
export const readWaiters = async (
  { requestStore }: SeatStores,
  { licenseId, awaitedAt, taken }: SeatPool,
): Promise<readonly StoredRequest[]> =>
  awaitedAt ? requestStore.waitingForSeats(licenseId, MAX_WOKEN_AT_ONCE + taken.length) : [];

/** Reserves a seat for each waiter before its message is sent, so that no later request gets it meanwhile. */
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

/** Reserves the free seats of a license for the requests that wait for it. */
export async function wakeAwaited(stores: SeatStores, licenseId: string, since: Date): Promise<void> {
  const pool = await stores.pools.read(licenseId);
  if (pool?.awaitedAt) await wakeWaiters(stores, pool, since);
}

/** Gives free seats of a pool to the requests that have waited for the longest. */
export async function wakeWaiters(stores: SeatStores, stored: StoredSeatPool, since: Date): Promise<void> {
  const waiters = await readWaiters(stores, stored);
  if (waiters.length === 0) return endWaiting(stores, stored);
  const pool = await readPoolSince(stores, stored, since);
  if (pool === undefined) return wakeWithoutSeats(stores, waiters);
  const woken = toWake(pool, waiters, stores.clock()).slice(0, MAX_WOKEN_AT_ONCE);
  if (woken.length > 0) await wakeWithSeats(stores, pool, woken);
}

/** Webex is not asked about a license that no request waits for. */
async function endWaiting({ pools, clock }: SeatStores, pool: StoredSeatPool): Promise<void> {
  const { awaitedAt: _none, ...unawaited } = pool;
  if (areWaitersStored(pool, clock())) await pools.write(unawaited);
}

/** The license has gone: each waiter looks for another license that it may mean, or fails. */
async function wakeWithoutSeats({ messages }: SeatStores, waiters: readonly StoredRequest[]): Promise<void> {
  await Promise.all(waiters.slice(0, MAX_WOKEN_AT_ONCE).map((waiter) => messages.send(waiter, 0)));
}

/** Changes the pool in which a request has a seat. If every write conflicts, the seat stays reserved for a minute. */
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
 * Without the catalogue nothing is known of free seats: the next sweep tries again.
 * @returns whether Webex could be asked
 */
export async function unlessWebexFails(log: Log, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof WebexFailure)) throw error;
    log.warn('seats-not-looked-at', { condition: error.condition, trackingId: error.trackingId });
    return false;
  }
}
