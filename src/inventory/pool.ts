import { type License, licenseType } from '../webex/license.ts';

/** Free messaging, meetings, calls and screen share; hybrid connectors; hot desks: nobody buys them. */
const NOT_BOUGHT = ['FMS', 'FTM', 'FTC', 'FSS', 'CE', 'CG', 'HM', 'BCHDO'];

/** A license that is bought in units, and can run out. */
export type PaidPool = License & {
  readonly subscriptionId: string;
  readonly totalUnits: number;
  readonly consumedUnits: number;
};

/**
 * Free, hybrid and implicit licenses are in no subscription, and always look full: their counts say nothing.
 * A pool of no units that nobody uses is no pool either.
 */
export const isPaidPool = (license: License): license is PaidPool =>
  Boolean(license.subscriptionId) &&
  !NOT_BOUGHT.includes(licenseType(license) ?? '') &&
  typeof license.totalUnits === 'number' &&
  typeof license.consumedUnits === 'number' &&
  (license.totalUnits > 0 || license.consumedUnits > 0);

/** Percent of the pool that is used: over 100 where it is overdrawn, and where there are no units but use. */
export const toPercentUsed = ({ totalUnits, consumedUnits }: PaidPool): number =>
  totalUnits > 0 ? (consumedUnits / totalUnits) * 100 : Number.POSITIVE_INFINITY;
