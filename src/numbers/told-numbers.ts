import type { Clock } from '../platform/clock.ts';
import type { CallingNumber, WebexNumbers } from '../webex/calling-numbers.ts';
import type { NumberAccessNotes } from './access.ts';
import { type NumberPool, toPoolKey } from './reservation.ts';

export interface ToldDeps {
  readonly webex: WebexNumbers;
  readonly access: Pick<NumberAccessNotes, 'ask'>;
  readonly clock: Clock;
}

export interface FindOptions {
  readonly deadline?: Date | undefined;
  /** As many are needed; more may be found. */
  readonly wanted: number;
  /** Of the sweep: what was taken a while ago may be free again, and a part of the range is asked in each run. */
  readonly asksAgain?: boolean;
}

/** The sweep runs once a minute: what it asked in the run before, it asks again. */
export const ASKED_AGAIN_AFTER_MS = 5_000;
const LISTED_FOR_MS = 30_000;
/** Of which the answers are remembered. */
const MAX_POOLS = 200;

/** What Webex said of an extension, and when. */
export interface Answer {
  readonly isFree: boolean;
  readonly atMs: number;
}

interface Listed {
  readonly atMs: number;
  readonly numbers: readonly CallingNumber[] | undefined;
}

export type ToldNumbers = ReturnType<typeof createToldNumbers>;

/** What Webex told of numbers, remembered for a bounded time, so that it is asked seldom. */
export function createToldNumbers({ webex, access, clock }: ToldDeps) {
  /** By pool, then by extension. */
  const answers = new Map<string, Map<string, Answer>>();
  const lists = new Map<string, Listed>();
  const toListKey = (pool: NumberPool, isAvailable: boolean) => `${toPoolKey(pool)} ${isAvailable}`;

  return {
    /** What Webex said of each extension of a location. */
    answersOf(pool: NumberPool): Map<string, Answer> {
      const key = toPoolKey(pool);
      return keepLast(answers, key, answers.get(key) ?? new Map<string, Answer>());
    },

    /**
     * The numbers and extensions of the location; with `isAvailable`, the numbers that nothing has. Undefined where Webex
     * refuses to tell them.
     * @throws {WebexFailure}
     */
    async list(
      pool: NumberPool,
      isAvailable: boolean,
      { deadline, asksAgain = false }: Pick<FindOptions, 'deadline' | 'asksAgain'> = {},
    ): Promise<readonly CallingNumber[] | undefined> {
      const key = toListKey(pool, isAvailable);
      const nowMs = clock().getTime();
      const known = lists.get(key);
      if (known && nowMs < known.atMs + (asksAgain ? ASKED_AGAIN_AFTER_MS : LISTED_FOR_MS))
        return known.numbers;
      const call = () => webex.list(pool, { isAvailable, deadline });
      const numbers = await access.ask('numbers', pool.orgId, call, asksAgain);
      return keepLast(lists, key, { atMs: nowMs, numbers }).numbers;
    },

    /** Forgets the lists of a location, of which a number was taken or freed. */
    forgetLists(pool: NumberPool): void {
      for (const isAvailable of [true, false]) lists.delete(toListKey(pool, isAvailable));
    },
  };
}

/** Sets a value as the newest of a map, which keeps a bounded number. */
function keepLast<T>(map: Map<string, T>, key: string, value: T): T {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MAX_POOLS) break;
    map.delete(oldest);
  }
  return value;
}
