import { URGENCIES, type Urgency } from './permit.ts';

/** A call that waits for a permit. */
export interface Waiter<T> {
  readonly urgency: Urgency;
  /** Until when it waits. */
  readonly deadlineMs: number;
  readonly resolve: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

/** The calls of one instance that wait for a permit: first in, first out within an urgency. */
export interface PriorityQueue<T> {
  push(waiter: Waiter<T>): void;
  shift(): Waiter<T> | undefined;
  /** Removes the waiters whose deadline is before a time. */
  removeBefore(timeMs: number): readonly Waiter<T>[];
  size(): number;
  countInteractive(): number;
  firstDeadlineMs(): number;
}

/** One permit in so many goes to the least urgent waiter, so that none waits for ever. */
const LEAST_URGENT_EVERY = 10;

export function createPriorityQueue<T>(): PriorityQueue<T> {
  let waiting: readonly Waiter<T>[] = [];
  let shifted = 0;
  return {
    push: (waiter) => {
      waiting = [...waiting, waiter];
    },
    shift() {
      shifted += 1;
      const order = shifted % LEAST_URGENT_EVERY === 0 ? [...URGENCIES].reverse() : URGENCIES;
      const urgency = order.find((one) => waiting.some((waiter) => waiter.urgency === one));
      const next = waiting.find((waiter) => waiter.urgency === urgency);
      waiting = waiting.filter((waiter) => waiter !== next);
      return next;
    },
    removeBefore(timeMs) {
      const removed = waiting.filter(({ deadlineMs }) => deadlineMs < timeMs);
      waiting = waiting.filter(({ deadlineMs }) => deadlineMs >= timeMs);
      return removed;
    },
    size: () => waiting.length,
    countInteractive: () => waiting.filter(({ urgency }) => urgency === 'interactive').length,
    firstDeadlineMs: () => Math.min(...waiting.map(({ deadlineMs }) => deadlineMs)),
  };
}
