import { sizeOfRange } from '../webex/extension-range.ts';
import type { ChooseDeps } from './choose.ts';
import { isTakenHere, type NumberPool } from './reservation.ts';

/** How many numbers of a pool are left. */
export interface NumbersLeft {
  /** Absent where nothing is known. */
  readonly left?: number;
  /** Of the range. */
  readonly size?: number;
  /** Whether Webex told it; else the range and what Seatline gave. */
  readonly isTold: boolean;
}

/** Counts the numbers of a pool that are left, with few calls. @throws {WebexFailure} */
export function createCountNumbers({ reservations, findFree, clock }: ChooseDeps) {
  return async function countNumbersLeft(pool: NumberPool): Promise<NumbersLeft> {
    const noted = await reservations.ofPool(pool);
    const toTaken = (isTold: boolean) =>
      new Set(noted.filter((one) => isTakenHere(one, isTold, clock())).map(({ number }) => number));
    const size = pool.range && sizeOfRange(pool.range);
    const told = await findFree.countLeft(pool, toTaken(true));
    if (told !== undefined) return { left: told, isTold: true, ...(size !== undefined && { size }) };
    return size === undefined ? { isTold: false } : { left: size - toTaken(false).size, size, isTold: false };
  };
}
