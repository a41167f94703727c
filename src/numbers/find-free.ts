import { toPersonalNumber } from '../webex/calling-numbers.ts';
import { extensionsOf, sizeOfRange } from '../webex/extension-range.ts';
import { type FindDeps, type FoundFree, findExtensions } from './find-extensions.ts';
import { type NumberPool, toPoolKey } from './reservation.ts';
import { createToldNumbers, type FindOptions, type ToldDeps } from './told-numbers.ts';

interface Deps extends ToldDeps {
  /** In E.164; undefined for a text that is no phone number. */
  readonly readPhoneNumber: (text: string) => Promise<string | undefined>;
}

/** The extensions of a larger range are counted by the list of the location. */
const MAX_COUNTED = 100;

export type FindFree = ReturnType<typeof createFindFree>;

/** Finds the free extensions and phone numbers of a location, as far as Webex tells them. */
export function createFindFree({ readPhoneNumber, ...deps }: Deps) {
  const told = createToldNumbers(deps);
  const findDeps: FindDeps = { ...deps, told };
  const { clock } = deps;

  async function findPhoneNumbers(
    pool: NumberPool,
    excluded: ReadonlySet<string>,
    options: FindOptions,
  ): Promise<FoundFree> {
    const listed = await told.list(pool, true, options);
    if (listed === undefined) return { numbers: [], isTold: false };
    const isHere = (locationId: string | null | undefined) =>
      !locationId || toPoolKey({ ...pool, locationId }) === toPoolKey(pool);
    const personal = listed.flatMap((row) => (isHere(row.location?.id) ? (toPersonalNumber(row) ?? []) : []));
    const numbers = await Promise.all(personal.map(readPhoneNumber));
    const free = numbers.flatMap((number) => (number === undefined || excluded.has(number) ? [] : number));
    return { numbers: [...new Set(free)].sort(), isTold: true };
  }

  /** @see FoundFree @throws {WebexFailure} */
  const find = (
    pool: NumberPool,
    excluded: ReadonlySet<string>,
    options: FindOptions,
  ): Promise<FoundFree> => {
    const { range } = pool;
    return range === undefined
      ? findPhoneNumbers(pool, excluded, options)
      : findExtensions(findDeps, { pool, range }, excluded, options);
  };

  return {
    /** The free numbers of a pool, without those that are taken here. */
    find,

    /** Webex refused a number, whatever it said before. */
    noteTaken(pool: NumberPool, number: string): void {
      told.answersOf(pool).set(number, { isFree: false, atMs: clock().getTime() });
      told.forgetLists(pool);
    },

    /** A number may be free again. */
    noteFreed(pool: NumberPool, number: string): void {
      told.answersOf(pool).delete(number);
      told.forgetLists(pool);
    },

    /**
     * How many of a pool are left, without those that are taken here.
     * @returns undefined where Webex does not tell it
     * @throws {WebexFailure}
     */
    async countLeft(pool: NumberPool, excluded: ReadonlySet<string>): Promise<number | undefined> {
      const { range } = pool;
      const isSmall = range === undefined || sizeOfRange(range) <= MAX_COUNTED;
      const { numbers, isTold } = await find(pool, excluded, { wanted: isSmall ? Infinity : 1 });
      if (!isTold) return undefined;
      if (isSmall) return numbers.length;
      const listed = await told.list(pool, false);
      if (listed === undefined) return undefined;
      const taken = new Set([...excluded, ...listed.flatMap(({ extension }) => extension ?? [])]);
      return [...extensionsOf(range)].filter((extension) => !taken.has(extension)).length;
    },
  };
}
