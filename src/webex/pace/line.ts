/** Who goes first. */
export const URGENCIES = ['interactive', 'bulk', 'inventory'] as const;
export type Urgency = (typeof URGENCIES)[number];

export interface Waiter<T> {
  readonly urgency: Urgency;
  /** When it waits no longer. */
  readonly deadlineMs: number;
  readonly end: (answer: T) => void;
  readonly fail: (error: unknown) => void;
}

/** Those who wait for leave to call: the most urgent first, and among them the first to come. */
export interface Line<T> {
  join(waiter: Waiter<T>): void;
  next(): Waiter<T> | undefined;
  /** Those who will not wait until then, who are in it no more. */
  leave(untilMs: number): readonly Waiter<T>[];
  size(): number;
  /** How many of them are interactive. */
  urgent(): number;
  firstDeadlineMs(): number;
}

/** One in so many goes to the least urgent: nobody waits for ever. */
const LAST_FIRST_EVERY = 10;

export function createLine<T>(): Line<T> {
  let waiting: readonly Waiter<T>[] = [];
  let given = 0;
  return {
    join: (waiter) => {
      waiting = [...waiting, waiter];
    },
    next() {
      given += 1;
      const order = given % LAST_FIRST_EVERY === 0 ? [...URGENCIES].reverse() : URGENCIES;
      const urgency = order.find((one) => waiting.some((waiter) => waiter.urgency === one));
      const next = waiting.find((waiter) => waiter.urgency === urgency);
      waiting = waiting.filter((waiter) => waiter !== next);
      return next;
    },
    leave(untilMs) {
      const gone = waiting.filter(({ deadlineMs }) => deadlineMs < untilMs);
      if (gone.length > 0) waiting = waiting.filter(({ deadlineMs }) => deadlineMs >= untilMs);
      return gone;
    },
    size: () => waiting.length,
    urgent: () => waiting.filter(({ urgency }) => urgency === 'interactive').length,
    firstDeadlineMs: () => Math.min(...waiting.map(({ deadlineMs }) => deadlineMs)),
  };
}
