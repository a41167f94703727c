import type { StoredEntry } from '../ledger/entry.ts';
import type { Ledger, Purge, Tickets } from '../ledger/ledger.ts';
import type { Clock } from '../platform/clock.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../platform/version-conflict.ts';
import type { Catalogue } from '../webex/catalogue.ts';
import { isSettled, reserve, type SeatPool, type StoredSeatPool, toPool, toWake } from './seat-pool.ts';

/** The seats that instances have taken of each license. */
export interface SeatPools {
  read(licenseId: string): Promise<StoredSeatPool | undefined>;
  write(pool: SeatPool | StoredSeatPool): Promise<StoredSeatPool | VersionConflict>;
  /** Those that requests wait for. */
  awaited(): Promise<readonly StoredSeatPool[]>;
  /** Removes pools of licenses that no catalogue has shown for the retention. */
  purge: Purge;
}

export interface SeatWaitersDeps {
  readonly pools: SeatPools;
  readonly catalogue: Catalogue;
  readonly ledger: Pick<Ledger, 'waitingForSeats'>;
  readonly tickets: Tickets;
  readonly clock: Clock;
}

/** Each loss means that another instance took a seat. */
export const MAX_RACES = 20;
const MAX_WOKEN_AT_ONCE = 100;

/** Those who wait for seats of a license, and how they come by one. */
export function createSeatWaiters({ pools, catalogue, ledger, tickets, clock }: SeatWaitersDeps) {
  /** The pool by a catalogue that was read since; undefined where that does not have the license. */
  async function find<P extends SeatPool>(pool: P, since: Date): Promise<P | SeatPool | undefined> {
    const { licenses, startedAt } = await catalogue.readSince(since, pool.orgId);
    const license = licenses.find(({ id }) => id === pool.licenseId);
    return license && toPool(pool, license, startedAt, pool.orgId);
  }

  const look = async <P extends SeatPool>(pool: P, since: Date): Promise<P | SeatPool> =>
    (await find(pool, since)) ?? pool;

  /** Whoever waits for a seat of the license, the oldest first. */
  const readWaiting = async ({ licenseId, awaitedAt, taken }: SeatPool) =>
    awaitedAt ? ledger.waitingForSeats(licenseId, MAX_WOKEN_AT_ONCE + taken.length) : [];

  /** Reserved before they are told, so that nobody who comes meanwhile takes their seats. */
  async function wake(pool: SeatPool, waiting: readonly StoredEntry[]): Promise<boolean> {
    const now = clock();
    const reserved = waiting.reduce((so, { requestId }) => reserve(so, requestId, now), pool);
    if ((await pools.write(reserved)) === VERSION_CONFLICT) return false;
    await Promise.all(waiting.map((entry) => tickets.send(entry, 0)));
    return true;
  }

  async function wakeWaiting(stored: StoredSeatPool, since: Date): Promise<void> {
    const waiting = await readWaiting(stored);
    if (waiting.length === 0) return endWaiting(stored);
    const pool = await find(stored, since);
    if (pool === undefined) return wakeAll(waiting);
    const woken = toWake(pool, waiting, clock()).slice(0, MAX_WOKEN_AT_ONCE);
    if (woken.length > 0) await wake(pool, woken);
  }

  /** Webex is not asked about a license that no request waits for. */
  async function endWaiting(pool: StoredSeatPool): Promise<void> {
    const { awaitedAt: _none, ...unawaited } = pool;
    if (isSettled(pool, clock())) await pools.write(unawaited);
  }

  /** The license has gone: each of them looks for another one that it may mean, or fails. */
  async function wakeAll(waiting: readonly StoredEntry[]): Promise<void> {
    const some = waiting.slice(0, MAX_WOKEN_AT_ONCE);
    await Promise.all(some.map((entry) => tickets.send(entry, 0)));
  }

  /** Where that is lost, the seat counts as taken for a minute longer. */
  async function change(
    { requestId, licenseId }: { readonly requestId: string; readonly licenseId: string },
    to: (pool: StoredSeatPool) => StoredSeatPool,
  ): Promise<void> {
    await retryOnConflict(async () => {
      const pool = await pools.read(licenseId);
      return pool?.taken.some(({ by }) => by === requestId) ? pools.write(to(pool)) : undefined;
    }, MAX_RACES);
  }

  return { look, readWaiting, wake, wakeWaiting, change };
}
