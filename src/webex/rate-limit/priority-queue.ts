import { URGENCIES, type Urgency } from './permit.ts';

/** A call that waits for a permit. */
interface Waiter<T> {
  readonly urgency: Urgency;
  readonly deadlineMs: number;
  readonly resolve: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Each tenth permit goes to the least urgent waiter, so that it does not starve. */
const LEAST_URGENT_EVERY = 10;

/** The calls of one instance that wait for a permit: first in, first out within an urgency. */
export function createPriorityQueue<T>() {
  let waiting: readonly Waiter<T>[] = [];
  let shifted = 0;
  return {
    push(waiter: Waiter<T>): void {
      waiting = [...waiting, waiter];
    },
    shift(): Waiter<T> | undefined {
      shifted += 1;
      const order = shifted % LEAST_URGENT_EVERY === 0 ? [...URGENCIES].reverse() : URGENCIES;
      const [next] = order.flatMap((urgency) => waiting.filter((waiter) => waiter.urgency === urgency));
      waiting = waiting.filter((waiter) => waiter !== next);
      return next;
    },
    /** Removes the waiters whose deadline is before a time. */
    removeBefore(timeMs: number): readonly Waiter<T>[] {
      const removed = waiting.filter(({ deadlineMs }) => deadlineMs < timeMs);
      waiting = waiting.filter(({ deadlineMs }) => deadlineMs >= timeMs);
      return removed;
    },
    size: () => waiting.length,
    countInteractive: () => waiting.filter(({ urgency }) => urgency === 'interactive').length,
    firstDeadlineMs: () => Math.min(...waiting.map(({ deadlineMs }) => deadlineMs)),
  };
}
