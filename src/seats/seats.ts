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
  toNoSeats,
} from './pool.ts';
import { reserveInPool, type SeatAsker, type Stock } from './reserve-seat.ts';
import { type SeatStores, unlessWebexFails, updateReservation, wakeAwaited, wakeWaiters } from './waiters.ts';

/** A request whose attempt has ended. */
interface AttemptedRequest {
  readonly requestId: string;
  /** A change has an unknown answer: the seat that was reserved for it may be used. */
  readonly mayHaveApplied: boolean;
}

/** A license that was added or removed at Webex. */
export interface SeatChange {
  readonly requestId: string;
  readonly licenseId: string;
  readonly operation: Operation;
}

interface Deps extends SeatStores {
  readonly policy: NoSeatsPolicy;
  readonly instance: string;
}

/** A seat of a request of this instance: from the stock, or reserved separately in the pool. */
interface OwnSeat {
  readonly requestId: string;
  readonly licenseId: string;
  readonly stock: { seats: number } | undefined;
  readonly reservedAt: Date;
}

export type Seats = ReturnType<typeof createSeats>;

/**
 * Counts seats over all instances, so that parallel requests do not use the same last seat: the catalogue says how many
 * are free, and each instance reserves seats before it sends a change. The seat of a crashed instance is free again once
 * the catalogue shows that it was not used.
 */
export function createSeats({ policy, instance, ...stores }: Deps) {
  const { pools, catalogue, clock } = stores;
  /** By license. `seats` are those that no request has yet. */
  const stocks = new Map<string, Omit<Stock, 'seats'> & { seats: number }>();
  const queues = new Map<string, Promise<unknown>>();
  /** By request whose attempt has not ended. */
  const ownSeats = new Map<string, OwnSeat[]>();

  /** Runs one function after the other for each license: the requests of one instance do not conflict over a row. */
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

  function noteSeat(licenseId: string, { requestId }: SeatAsker, stock?: OwnSeat['stock']): true {
    const seat = { requestId, licenseId, stock, reservedAt: clock() };
    ownSeats.set(requestId, [...(ownSeats.get(requestId) ?? []), seat]);
    // An attempt that lasts for longer than its reservation has crashed: the reservation expires by itself.
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

  /** An unused seat goes back to the stock, or to the pool where it was reserved separately. */
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

  /** @param added a key of each request and license that was added */
  async function endSeatsOf(request: AttemptedRequest, added: ReadonlySet<string>, now: Date): Promise<void> {
    const { requestId, mayHaveApplied } = request;
    const seats = ownSeats.get(requestId) ?? [];
    ownSeats.delete(requestId);
    for (const seat of seats) {
      const mayBeUsed = mayHaveApplied || added.has(`${requestId} ${seat.licenseId}`);
      await inOrder(seat.licenseId, () => endSeat(seat, mayBeUsed, now));
    }
  }

  /** Calls Webex only where a removal may have freed the seat that a request waits for. */
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
    noSeats: (license: License): NoSeats => toNoSeats(license, policy),

    /**
     * Reserves a seat of a license.
     * @returns whether the license may be added now: there is a seat, and no older waiter needs it
     * @throws {WebexFailure}
     */
    async reserve(license: License, asker: SeatAsker): Promise<boolean> {
      if (!isPool(license) || toNoSeats(license, policy) === 'overage') return true;
      return inOrder(license.id, () => reserveOne(license, asker));
    },

    /**
     * Releases the seats of requests whose attempts have ended. Unused seats are free again, used ones stay reserved
     * until a catalogue shows them, and free seats go to the oldest waiters.
     */
    async release(
      attempted: readonly AttemptedRequest[],
      changes: readonly SeatChange[],
      orgId: string | undefined,
      log: Log,
    ): Promise<void> {
      await unlessWebexFails(log, async () => {
        const now = clock();
        const changesOf = (operation: Operation) =>
          changes.filter((change) => change.operation === operation);
        const added = new Set(
          changesOf('add').map(({ requestId, licenseId }) => `${requestId} ${licenseId}`),
        );
        for (const request of attempted) await endSeatsOf(request, added, now);
        const removed = changesOf('remove').map(({ licenseId }) => licenseId);
        await wakeAfterRemovals(removed, orgId, now);
      });
    },

    /** Reserves the free seats of each license for its oldest waiters. */
    async wakeAll(log: Log): Promise<void> {
      const now = clock();
      const unread = new Set<string | undefined>();
      for (const pool of await pools.awaited()) {
        // An unreadable catalogue is tried once for its organization, and does not hold up other organizations.
        if (unread.has(pool.orgId)) continue;
        const wake = () => inOrder(pool.licenseId, () => wakeWaiters(stores, pool, now));
        if (!(await unlessWebexFails(log, wake))) unread.add(pool.orgId);
      }
    },
  };
}
