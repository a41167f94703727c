import type { Log } from '../platform/log.ts';
import type { Operation } from '../requests/license-request.ts';
import { isPool, type License, toFreeUnits } from '../webex/license.ts';
import {
  markUsed,
  type NoSeats,
  type NoSeatsPolicy,
  RESERVED_FOR_MS,
  release,
  SCARCE_UNITS,
  type StoredSeatPool,
  toNoSeats,
} from './pool.ts';
import { type ReservedStock, reserveInPool, type SeatAsker } from './reserve-seat.ts';
import { type SeatStores, unlessWebexFails, updateReservation, wakeAwaited, wakeWaiters } from './waiters.ts';

/** A request whose attempt has ended. */
export interface AttemptedRequest {
  readonly requestId: string;
  /** A change was sent whose answer is not known: a seat that was reserved for it may be used. */
  readonly mayHaveApplied: boolean;
}

/** A license that was added or removed at Webex. */
export interface SeatChange {
  readonly requestId: string;
  readonly licenseId: string;
  readonly operation: Operation;
}

export interface Seats {
  noSeats(license: License): NoSeats;
  /**
   * Whether the license may be added now: there is a seat, and no older waiter needs it.
   * @throws {WebexFailure}
   */
  reserve(license: License, asker: SeatAsker): Promise<boolean>;
  /**
   * The attempts of requests have ended: unused seats are free again, used ones stay reserved until a catalogue shows
   * them, and the oldest waiters have what is free.
   */
  release(
    attempted: readonly AttemptedRequest[],
    changes: readonly SeatChange[],
    orgId: string | undefined,
    log: Log,
  ): Promise<void>;
  /** Gives free seats of each license that requests wait for to its oldest waiters. */
  wakeAll(log: Log): Promise<void>;
}

/** For changes that are only planned. */
export const NO_SEATS_NEEDED: Pick<Seats, 'reserve' | 'noSeats'> = {
  reserve: async () => true,
  noSeats: () => 'overage',
};

interface Deps extends SeatStores {
  readonly policy: NoSeatsPolicy;
  readonly instance: string;
}

/** Seats of one license that this instance has reserved, and not given to requests yet. */
interface Stock extends Pick<ReservedStock, 'lastsUntil'> {
  readonly pool: StoredSeatPool;
  seats: number;
}

/** A seat that a request of this instance has: of the stock, or reserved by itself in the pool. */
interface OwnSeat {
  readonly requestId: string;
  readonly licenseId: string;
  readonly stock: Stock | undefined;
  readonly reservedAt: Date;
}

/**
 * Counts seats over all instances, so that parallel requests do not use the same last one: the catalogue says how
 * many are free, and each instance reserves seats before it sends a change. A seat of an instance that died is free
 * again once the catalogue shows that it was not used.
 */
export function createSeats({ policy, instance, ...stores }: Deps): Seats {
  const { pools, catalogue, clock } = stores;
  /** By license: those in use. */
  const stocks = new Map<string, Stock>();
  const queues = new Map<string, Promise<unknown>>();
  /** By request whose attempt has not ended. */
  const ownSeats = new Map<string, OwnSeat[]>();

  /** One after the other for each license: the requests of one instance need not conflict over a row. */
  function inOrder<T>(licenseId: string, run: () => Promise<T>): Promise<T> {
    const done = (queues.get(licenseId) ?? Promise.resolve()).then(run, run);
    const ended = done
      .catch(() => undefined)
      .then(() => {
        if (queues.get(licenseId) === ended) queues.delete(licenseId);
      });
    queues.set(licenseId, ended);
    return done;
  }

  function noteSeat(licenseId: string, { requestId }: SeatAsker, stock?: Stock): true {
    const seat = { requestId, licenseId, stock, reservedAt: clock() };
    ownSeats.set(requestId, [...(ownSeats.get(requestId) ?? []), seat]);
    // An attempt that has not ended by then never does: its seat becomes free by itself.
    for (const [id, seats] of ownSeats) {
      if (seats.some(({ reservedAt }) => clock().getTime() - reservedAt.getTime() < RESERVED_FOR_MS)) break;
      ownSeats.delete(id);
    }
    return true;
  }

  async function reserveOne(license: License, asker: SeatAsker): Promise<boolean> {
    const known = stocks.get(license.id);
    if (known && known.seats > 0 && known.lastsUntil > clock()) {
      known.seats -= 1;
      return noteSeat(license.id, asker, known);
    }
    stocks.delete(license.id);
    const asked = { license, noSeats: toNoSeats(license, policy), asker, instance };
    const reserved = await reserveInPool(stores, asked, known?.pool);
    if (reserved.kind === 'none') return false;
    if (reserved.kind === 'seat') return noteSeat(license.id, asker);
    const stock = { ...reserved, seats: reserved.seats - 1 };
    stocks.set(license.id, stock);
    return noteSeat(license.id, asker, stock);
  }

  /** An unused seat of the stock goes to the next request; one that was reserved by itself is free for any instance. */
  async function endSeat(seat: OwnSeat, mayBeUsed: boolean, now: Date): Promise<void> {
    const { requestId, licenseId, stock } = seat;
    if (stock) {
      if (!mayBeUsed) stock.seats += 1;
      return;
    }
    await updateReservation(stores, seat, (pool) =>
      mayBeUsed ? markUsed(pool, requestId, now) : release(pool, requestId),
    );
    if (!mayBeUsed) await wakeAwaited(stores, licenseId, now);
  }

  /** @param added each request and license that an add gave */
  async function endSeatsOf(request: AttemptedRequest, added: ReadonlySet<string>, now: Date): Promise<void> {
    const { requestId, mayHaveApplied } = request;
    const seats = ownSeats.get(requestId) ?? [];
    ownSeats.delete(requestId);
    for (const seat of seats) {
      const mayBeUsed = mayHaveApplied || added.has(`${requestId} ${seat.licenseId}`);
      await inOrder(seat.licenseId, () => endSeat(seat, mayBeUsed, now));
    }
  }

  /** Webex is asked only where a removal may free the seat that a request waits for. */
  async function wakeAfterRemovals(licenseIds: readonly string[], orgId: string | undefined, now: Date) {
    if (licenseIds.length === 0) return;
    const { licenses } = await catalogue.readSince(new Date(0), orgId);
    for (const licenseId of licenseIds) {
      const license = licenses.find(({ id }) => id === licenseId);
      if (!license || !isPool(license) || (toFreeUnits(license) ?? 0) > SCARCE_UNITS) continue;
      await inOrder(licenseId, () => wakeAwaited(stores, licenseId, now));
    }
  }

  return {
    noSeats: (license) => toNoSeats(license, policy),

    async reserve(license, asker) {
      if (!isPool(license) || toNoSeats(license, policy) === 'overage') return true;
      return inOrder(license.id, () => reserveOne(license, asker));
    },

    async release(attempted, changes, orgId, log) {
      await unlessWebexFails(log, async () => {
        const now = clock();
        const of = (operation: Operation) => changes.filter((change) => change.operation === operation);
        const added = new Set(of('add').map(({ requestId, licenseId }) => `${requestId} ${licenseId}`));
        for (const request of attempted) await endSeatsOf(request, added, now);
        const removed = of('remove').map(({ licenseId }) => licenseId);
        await wakeAfterRemovals(removed, orgId, now);
      });
    },

    async wakeAll(log) {
      const now = clock();
      const unread = new Set<string | undefined>();
      for (const pool of await pools.awaited()) {
        // An organization whose catalogue cannot be read now holds up no other one, and is not asked for each pool.
        if (unread.has(pool.orgId)) continue;
        const wake = () => inOrder(pool.licenseId, () => wakeWaiters(stores, pool, now));
        if (!(await unlessWebexFails(log, wake))) unread.add(pool.orgId);
      }
    },
  };
}
