import type { Operation } from '../contract/license-request.ts';
import { toEffectiveAt } from '../ledger/entry.ts';
import type { Log } from '../platform/log.ts';
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
  /** Changes have ended at Webex: what was used is in the catalogue, and of what is free the oldest waiter has it. */
  changed(changes: readonly SeatChange[], orgId: string | undefined, log: Log): Promise<void>;
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
  const { look, readWaiting, wake, wakeWaiting, settleSeat } = createSeatWaiters(deps);
  const noSeats = (license: License) => toNoSeats(license, policy);
  /** One for each license in use. */
  const given = new Map<string, Given>();
  const queues = new Map<string, Promise<unknown>>();

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

  async function takeOne(license: License, asker: SeatAsker): Promise<boolean> {
    const own = given.get(license.id);
    if (own && own.left > 0 && own.giveUntil > clock()) {
      own.left -= 1;
      return true;
    }
    given.delete(license.id);
    let known: StoredSeatPool | undefined = own?.pool;
    for (let race = 0; race < MAX_RACES; race += 1) {
      known ??= await pools.read(license.id);
      const { startedAt } = await catalogue.readSince(new Date(0), asker.orgId);
      const taken = await tryOnce(license, asker, toPool(known, license, startedAt, asker.orgId));
      if (taken !== 'changed-meanwhile') return taken;
      known = undefined;
    }
    throw new WebexFailure({ condition: 'seats-contended', remedy: 'retry', errors: [] });
  }

  async function tryOnce(
    license: License,
    { requestId, since }: SeatAsker,
    known: SeatPool | StoredSeatPool,
  ): Promise<boolean | 'changed-meanwhile'> {
    const now = clock();
    if (hasSeat(known, requestId, now)) return true;
    const mine = giveBack(known, requestId);
    const pool = countFree(mine) > 0 ? mine : await look(mine, new Date(now.getTime() - EXHAUSTED_AGE_MS));
    if (countFree(pool) <= 0) {
      if (noSeats(license) !== 'wait' || !isNewlyAwaited(pool, now)) return false;
      return (await pools.write({ ...pool, awaitedAt: now })) ? false : 'changed-meanwhile';
    }
    const ahead = (await readWaiting(pool)).filter((one) => toEffectiveAt(one) < since);
    const woken = toWake(pool, ahead, now);
    if (woken.length > 0 && woken.length >= countFree(pool)) {
      return (await wake({ ...pool, awaitedAt: now }, woken)) ? false : 'changed-meanwhile';
    }
    const several = takeSeats(pool, instance, now);
    if (pool.awaitedAt !== undefined || several.seats === 0) {
      return (await pools.write(reserve(pool, requestId, now))) ? true : 'changed-meanwhile';
    }
    const written = await pools.write(several.pool);
    if (written === undefined) return 'changed-meanwhile';
    given.set(license.id, { pool: written, left: several.seats - 1, giveUntil: several.giveUntil });
    return true;
  }

  return {
    noSeats,

    async take(license, asker) {
      if (!hasPool(license) || noSeats(license) === 'overage') return true;
      return inTurn(license.id, () => takeOne(license, asker));
    },

    changed: (changes, orgId, log) =>
      untilWebexFails(log, async () => {
        const now = clock();
        const { licenses } = await catalogue.readSince(new Date(0), orgId);
        for (const { licenseId, requestId, operation } of changes) {
          const license = licenses.find(({ id }) => id === licenseId);
          if (!license || !hasPool(license) || (toFreeUnits(license) ?? 0) > SCARCE_UNITS) continue;
          await inTurn(licenseId, async () => {
            if (operation === 'add') return settleSeat(licenseId, requestId, now);
            const pool = await pools.read(licenseId);
            if (pool?.awaitedAt) await wakeWaiting(pool, now);
          });
        }
      }),

    wakeAll: (log) =>
      untilWebexFails(log, async () => {
        const now = clock();
        for (const pool of await pools.awaited()) {
          await inTurn(pool.licenseId, () => wakeWaiting(pool, now));
        }
      }),
  };
}

/** Without the catalogue nothing is known of free seats: the next sweep looks again. */
async function untilWebexFails(log: Log, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!(error instanceof WebexFailure)) throw error;
    log.warn('seats-not-looked-at', { condition: error.condition, trackingId: error.trackingId });
  }
}
