import type { Log } from '../platform/log.ts';
import { createPageByPage } from '../platform/page-by-page.ts';
import { asksNextFree } from '../requests/license-request.ts';
import { NO_NUMBER_REASONS, type NoNumberReason } from '../requests/record/item-result.ts';
import { toItems } from '../requests/record/items.ts';
import type { StoredRequest } from '../requests/record/record.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import { type ChooseDeps, findFreeHere, reserveOneOf, toPools } from './choose.ts';
import { type NumberClaim, type NumberPool, toPoolKey } from './reservation.ts';
import { type SettleDeps, settleReservation } from './settle.ts';

type SweepDeps = Omit<ChooseDeps, 'findFree'> &
  SettleDeps & {
    readonly findFree: ChooseDeps['findFree'];
    readonly requestStore: Pick<RequestStore, 'read' | 'waitingForNumbers'>;
    readonly messages: WorkQueue;
  };

const PAGE = 100;
const READS_AT_ONCE = 8;
const BUDGET_MS = 30_000;
/** Of each reason: a free number goes to the oldest. */
const MAX_WAITING = 200;
const MAX_WOKEN_AT_ONCE = 20;

/** A request that waits for a number of a pool. */
interface Waiter extends NumberClaim {
  readonly record: StoredRequest;
}

/**
 * A part of the sweep: ends the reservations of requests that have ended without their worker saying so (cancelled,
 * superseded, crashed), and reserves numbers that are free again for the requests that wait for them, the oldest first.
 */
export function createSweepNumbers(deps: SweepDeps) {
  const { reservations, requestStore, messages, clock } = deps;
  const workThrough = createPageByPage({ clock, budgetMs: BUDGET_MS, itemsAtOnce: READS_AT_ONCE });

  return async function sweepNumbers(log: Log): Promise<{ readonly woken: number }> {
    const at = clock();
    await workThrough(
      async (next) => {
        const page = await reservations.due(at, PAGE, next);
        return { items: page.reservations, next: page.next };
      },
      async (reservation) => {
        if (reservation.state === 'refused') await reservations.remove(reservation);
        else await settleReservation(deps, reservation, await requestStore.read(reservation.requestId));
      },
    );
    let woken = 0;
    for (const reason of NO_NUMBER_REASONS) {
      const waiting = await requestStore.waitingForNumbers(reason, MAX_WAITING);
      for (const { pool, waiters } of groupByPool(waiting, reason)) woken += await wake(pool, waiters, log);
    }
    if (woken > 0) log.info('numbers-reserved', { woken });
    return { woken };
  };

  /** A number is reserved before the request is notified: no later request gets it in between. */
  async function wake(pool: NumberPool, waiters: readonly Waiter[], log: Log): Promise<number> {
    const wanted = Math.min(waiters.length, MAX_WOKEN_AT_ONCE);
    try {
      const { free, noted } = await findFreeHere(deps, pool, { wanted, asksAgain: true });
      const hasNumber = ({ requestId, item }: NumberClaim) =>
        noted.some((one) => one.state === 'reserved' && one.requestId === requestId && one.item === item);
      let open = free;
      let woken = 0;
      for (const waiter of waiters) {
        if (woken >= MAX_WOKEN_AT_ONCE) break;
        // A waiter with a number was woken by an earlier run, and its message may be lost.
        const number = hasNumber(waiter) ? '' : await reserveOneOf(deps, pool, open, waiter);
        if (number === undefined) continue;
        if (number !== '') open = open.slice(open.findIndex((one) => one.number === number) + 1);
        await messages.send(waiter.record, 0);
        woken += 1;
      }
      return woken;
    } catch (error) {
      if (!(error instanceof WebexFailure)) throw error;
      log.warn('numbers-not-checked', { condition: error.condition, trackingId: error.trackingId });
      return 0;
    }
  }
}

/** The waiting items by their pool, in the order of the requests. */
export function groupByPool(
  waiting: readonly StoredRequest[],
  reason: NoNumberReason,
): readonly { readonly pool: NumberPool; readonly waiters: readonly Waiter[] }[] {
  const groups = new Map<string, { readonly pool: NumberPool; readonly waiters: Waiter[] }>();
  for (const record of waiting) {
    const { request, results, requestId } = record;
    for (const item of request ? toItems(request) : []) {
      if (
        item.kind !== 'license' ||
        results[item.index]?.condition !== reason ||
        !asksNextFree(item.properties)
      )
        continue;
      const kind = reason === 'no-extension' ? 'extension' : 'phoneNumber';
      const pool = toPools(request?.orgId, item.properties).find((one) => one.kind === kind);
      if (pool === undefined) continue;
      const key = `${toPoolKey(pool)} ${pool.range?.text ?? ''}`;
      const group = groups.get(key) ?? { pool, waiters: [] };
      groups.set(key, group);
      group.waiters.push({ record, requestId, item: item.index });
    }
  }
  return [...groups.values()];
}
