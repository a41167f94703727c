import { isPool, type License } from '../../webex/license.ts';

/** A license that is bought in units, and can run out. */
export type PaidPool = License & {
  readonly subscriptionId: string;
  readonly totalUnits: number;
  readonly consumedUnits: number;
};

/** A pool of no units that nobody uses is none that anybody waits for. */
export const isPaidPool = <L extends License>(license: L): license is L & PaidPool =>
  isPool(license) && (Number(license.totalUnits) > 0 || Number(license.consumedUnits) > 0);

/** Percent of the pool that is used: over 100 where it is overdrawn, and where there are no units but use. */
export const toPercentUsed = ({ totalUnits, consumedUnits }: PaidPool): number =>
  totalUnits > 0 ? (consumedUnits / totalUnits) * 100 : Number.POSITIVE_INFINITY;
