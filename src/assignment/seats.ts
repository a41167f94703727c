import type { Operation } from '../contract/license-request.ts';
import { toSeatSince } from '../ledger/entry.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../platform/version-conflict.ts';
import { WebexFailure } from '../webex/failure.ts';
import { hasPool, type License, toFreeUnits } from '../webex/license.ts';
import { toComparableName } from '../webex/license-name.ts';
import type { NoSeats, NoSeatsPolicy } from './no-seats.ts';
import {
  countFree,
  giveBack,
  hasSeat,
  isNewlyAwaited,
  reserve,
  SCARCE_UNITS,
  type SeatPool,
  type StoredSeatPool,
  settle,
  TAKEN_FOR_MS,
  takeSeats,
  toPool,
  toWake,
} from './seat-pool.ts';
import { createSeatWaiters, MAX_RACES, type SeatWaitersDeps } from './seat-waiters.ts';

const toNoSeats = ({ id, name }: License, { otherwise, byLicense }: NoSeatsPolicy): NoSeats =>
  byLicense.get(id) ?? byLicense.get(toComparableName(name)) ?? otherwise;

/** Who needs a seat: the request, and its place among those that wait. */
export interface SeatAsker {
  readonly requestId: string;
  readonly orgId: string | undefined;
  readonly since: Date;
}

/** A request that was worked on. */
export interface Worked {
  readonly requestId: string;
  /** A change was sent whose answer is not known: a seat that was taken for it may be used. */
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
  /** Whether the license may be added now: there is a seat, and nobody who waits for longer needs it. */
  take(license: License, asker: SeatAsker): Promise<boolean>;
  /**
   * The work on requests has ended: seats that were not used are given back, those that were are taken until a catalogue
   * shows them, and of what is free the oldest waiter has it.
   */
  ended(
    worked: readonly Worked[],
    changes: readonly SeatChange[],
    orgId: string | undefined,
    log: Log,
  ): Promise<void>;
  /** Looks at each license that requests wait for. */
  wakeAll(log: Log): Promise<void>;
}

/** Of what is only planned. */
export const NO_SEATS_NEEDED: Pick<Seats, 'take' | 'noSeats'> = {
  take: async () => true,
  noSeats: () => 'overage',
};

interface Deps extends SeatWaitersDeps {
  readonly policy: NoSeatsPolicy;
  readonly instance: string;
}

/** A seat that this instance has taken for a request: of its own stock, or by itself in the pool. */
interface OwnSeat {
  readonly requestId: string;
  readonly licenseId: string;
  readonly from: Given | undefined;
  readonly takenAt: Date;
}

/** Before a request is told that there are no seats, the catalogue is no older than this. */
const EXHAUSTED_AGE_MS = 15_000;

interface Given {
  readonly pool: StoredSeatPool;
  /** Seats of this instance that it has not given yet. */
  left: number;
  readonly giveUntil: Date;
}

/**
 * Counts seats over all instances, so that parallel requests do not take the same last one: the catalogue says how
 * many are free, and each instance notes what it takes before it sends a change. What the dead had taken is free
 * again once the catalogue shows that it was not used.
 */
export function createSeats({ policy, instance, ...deps }: Deps): Seats {
  const { pools, catalogue, clock } = deps;
  const { look, readWaiting, wake, wakeWaiting, change } = createSeatWaiters(deps);
  const noSeats = (license: License) => toNoSeats(license, policy);
  /** One for each license in use. */
  const given = new Map<string, Given>();
  const queues = new Map<string, Promise<unknown>>();
  /** By request: what this instance has taken, and has not said the end of. */
  const own = new Map<string, OwnSeat[]>();

  /** One after the other for each license: instances race for a row, the requests of one instance need not. */
  function inTurn<T>(licenseId: string, run: () => Promise<T>): Promise<T> {
    const done = (queues.get(licenseId) ?? Promise.resolve()).then(run, run);
    const settled = done
      .catch(() => undefined)
      .then(() => {
        if (queues.get(licenseId) === settled) queues.delete(licenseId);
      });
    queues.set(licenseId, settled);
    return done;
  }

  function note(licenseId: string, { requestId }: SeatAsker, from?: Given): true {
    const seat = { requestId, licenseId, from, takenAt: clock() };
    own.set(requestId, [...(own.get(requestId) ?? []), seat]);
    // The work on a request that has not ended by then never does: its seat is free again by itself.
    for (const [id, seats] of own) {
      if (seats.some(({ takenAt }) => clock().getTime() - takenAt.getTime() < TAKEN_FOR_MS)) break;
      own.delete(id);
    }
    return true;
  }

  async function takeOne(license: License, asker: SeatAsker): Promise<boolean> {
    const stock = given.get(license.id);
    if (stock && stock.left > 0 && stock.giveUntil > clock()) {
      stock.left -= 1;
      return note(license.id, asker, stock);
    }
    given.delete(license.id);
    let known: StoredSeatPool | undefined = stock?.pool;
    const taken = await retryOnConflict(async () => {
      known ??= await pools.read(license.id);
      const { startedAt } = await catalogue.readSince(new Date(0), asker.orgId);
      const pool = toPool(known, license, startedAt, asker.orgId);
      known = undefined;
      return tryOnce(license, asker, pool);
    }, MAX_RACES);
    if (taken !== VERSION_CONFLICT) return taken;
    throw new WebexFailure({ condition: 'seats-contended', remedy: 'retry', errors: [] });
  }

  async function tryOnce(
    license: License,
    asker: SeatAsker,
    known: SeatPool | StoredSeatPool,
  ): Promise<boolean | VersionConflict> {
    const { requestId, since } = asker;
    const now = clock();
    if (hasSeat(known, requestId, now)) return note(license.id, asker);
    const mine = giveBack(known, requestId);
    const pool = countFree(mine) > 0 ? mine : await look(mine, new Date(now.getTime() - EXHAUSTED_AGE_MS));
    if (countFree(pool) <= 0) {
      if (noSeats(license) !== 'wait' || !isNewlyAwaited(pool, now)) return false;
      const noted = await pools.write({ ...pool, awaitedAt: now });
      return noted === VERSION_CONFLICT ? noted : false;
    }
    const ahead = (await readWaiting(pool)).filter((one) => toSeatSince(one) < since);
    const woken = toWake(pool, ahead, now);
    if (woken.length > 0 && woken.length >= countFree(pool)) {
      return (await wake({ ...pool, awaitedAt: now }, woken)) ? false : VERSION_CONFLICT;
    }
    const several = takeSeats(pool, instance, now);
    if (pool.awaitedAt !== undefined || several.seats === 0) {
      const reserved = await pools.write(reserve(pool, requestId, now));
      return reserved === VERSION_CONFLICT ? reserved : note(license.id, asker);
    }
    const written = await pools.write(several.pool);
    if (written === VERSION_CONFLICT) return written;
    const stock = { pool: written, left: several.seats - 1, giveUntil: several.giveUntil };
    given.set(license.id, stock);
    return note(license.id, asker, stock);
  }

  /** Of its own stock, an instance gives an unused seat to the next request; otherwise the pool has it again. */
  async function endSeat({ requestId, licenseId, from }: OwnSeat, mayBeUsed: boolean, now: Date) {
    if (from) {
      if (!mayBeUsed) from.left += 1;
      return;
    }
    await change({ requestId, licenseId }, (pool) =>
      mayBeUsed ? settle(pool, requestId, now) : giveBack(pool, requestId),
    );
    if (!mayBeUsed) await wakeNext(licenseId, now);
  }

  async function wakeNext(licenseId: string, now: Date): Promise<void> {
    const pool = await pools.read(licenseId);
    if (pool?.awaitedAt) await wakeWaiting(pool, now);
  }

  return {
    noSeats,

    async take(license, asker) {
      if (!hasPool(license) || noSeats(license) === 'overage') return true;
      return inTurn(license.id, () => takeOne(license, asker));
    },

    async ended(worked, changes, orgId, log) {
      await untilWebexFails(log, async () => {
        const now = clock();
        for (const one of worked) {
          const seats = own.get(one.requestId) ?? [];
          own.delete(one.requestId);
          for (const seat of seats) {
            const isAdded = changes.some(
              ({ requestId, licenseId, operation }) =>
                operation === 'add' && requestId === seat.requestId && licenseId === seat.licenseId,
            );
            const mayBeUsed = isAdded || one.mayHaveApplied;
            await inTurn(seat.licenseId, () => endSeat(seat, mayBeUsed, now));
          }
        }
        const removals = changes.filter(({ operation }) => operation === 'remove');
        if (removals.length === 0) return;
        const { licenses } = await catalogue.readSince(new Date(0), orgId);
        for (const { licenseId } of removals) {
          const license = licenses.find(({ id }) => id === licenseId);
          if (!license || !hasPool(license) || (toFreeUnits(license) ?? 0) > SCARCE_UNITS) continue;
          await inTurn(licenseId, () => wakeNext(licenseId, now));
        }
      });
    },

    async wakeAll(log) {
      const now = clock();
      const unread = new Set<string | undefined>();
      for (const pool of await pools.awaited()) {
        // An organization whose catalogue cannot be read now holds up no other one, and is not asked for each pool.
        if (unread.has(pool.orgId)) continue;
        const wakeNow = () => inTurn(pool.licenseId, () => wakeWaiting(pool, now));
        if (!(await untilWebexFails(log, wakeNow))) unread.add(pool.orgId);
      }
    },
  };
}

/** Without the catalogue nothing is known of free seats: the next sweep looks again. */
async function untilWebexFails(log: Log, look: () => Promise<void>): Promise<boolean> {
  try {
    await look();
    return true;
  } catch (error) {
    if (!(error instanceof WebexFailure)) throw error;
    log.warn('seats-not-looked-at', { condition: error.condition, trackingId: error.trackingId });
    return false;
  }
}
