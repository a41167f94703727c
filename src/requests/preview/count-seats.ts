import { isPool, type License, toFreeUnits } from '../../webex/license.ts';
import { toPlacedName } from '../../webex/license-names.ts';
import type { Forecast } from './preview-items.ts';

/** What the settings say of a request beyond the last seat: it waits, the pool is overdrawn, or it fails. */
export type BeyondSeats = (license: License) => 'wait' | 'overage' | 'reject';

/** How many seats of a license the previewed requests take and free. */
export interface SeatCount {
  readonly licenseId: string;
  readonly name: string;
  readonly subscriptionId?: string;
  readonly siteUrl?: string;
  /** By the catalogue; absent where the license is no pool of seats that can run out. */
  readonly freeUnits?: number;
  readonly assign: number;
  readonly remove: number;
  /** Beyond the last seat. */
  readonly wait: number;
}

/**
 * Gives the free seats to the forecasts in their order, each add the license with the most left. Seats that the same
 * requests free are not given: which comes first is not known.
 */
export function countSeats(
  forecasts: readonly Forecast[],
  beyond: BeyondSeats,
): { readonly forecasts: readonly Forecast[]; readonly seats: readonly SeatCount[] } {
  const counts = new Map<License, { assign: number; remove: number; wait: number }>();
  const countOf = (license: License) => {
    const count = counts.get(license) ?? { assign: 0, remove: 0, wait: 0 };
    counts.set(license, count);
    return count;
  };
  const freeOf = (license: License) =>
    isPool(license) ? (toFreeUnits(license) ?? 0) - (counts.get(license)?.assign ?? 0) : Infinity;

  const seated = forecasts.map((forecast): Forecast => {
    const { item, candidates, changed } = forecast;
    if (item.outcome === 'remove') for (const license of changed) countOf(license).remove += 1;
    if (item.outcome !== 'assign') return forecast;
    const [license] = [...candidates].sort((a, b) => freeOf(b) - freeOf(a) || 0);
    if (license === undefined) return forecast;
    const { subscriptionId: _subscription, siteUrl: _site, ...unplaced } = item;
    const chosen = { ...unplaced, licenseId: license.id, ...toPlacedName(license) };
    const next = { ...forecast, item: chosen, changed: [license] };
    const rule = freeOf(license) > 0 ? 'overage' : beyond(license);
    const { assign, wait } = countOf(license);
    countOf(license).assign = rule === 'overage' ? assign + 1 : assign;
    countOf(license).wait = rule === 'wait' ? wait + 1 : wait;
    if (rule === 'overage') return next;
    const outcome = rule === 'wait' ? 'wait' : 'fail';
    return { ...next, item: { ...next.item, outcome, ...NO_SEATS } };
  });
  return { forecasts: seated, seats: [...counts].map(([license, count]) => toSeatCount(license, count)) };
}

const NO_SEATS = { condition: 'no-seats', detail: 'The organization has no free seat of this license.' };

function toSeatCount(license: License, count: { assign: number; remove: number; wait: number }): SeatCount {
  const { id, name, subscriptionId, siteUrl } = license;
  const freeUnits = isPool(license) ? toFreeUnits(license) : undefined;
  return {
    ...{ licenseId: id, name },
    ...(subscriptionId && { subscriptionId }),
    ...(siteUrl && { siteUrl }),
    ...(freeUnits !== undefined && { freeUnits }),
    ...count,
  };
}
