import pMap from 'p-map';
import type { Clock } from './clock.ts';

/** The first failures tell enough. */
const MAX_ERRORS = 10;

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

interface Limits {
  readonly clock: Clock;
  readonly budgetMs: number;
  readonly itemsAtOnce: number;
}

/**
 * Work that comes in pages, for a limited time a run. A run that is cut off is gone on with by the next one, which looks
 * at the beginning afterwards: what no run can do anything about is not read first again and again.
 */
export function createPageByPage({ clock, budgetMs, itemsAtOnce }: Limits) {
  let leftAt: string | undefined;

  /**
   * @returns whether the time was over before the work was
   * @throws AggregateError where items failed, once the others were tried; at once where those of a whole page failed
   */
  return async function workThrough<T>(
    read: (next?: string) => Promise<Page<T>>,
    work: (item: T) => Promise<unknown>,
  ): Promise<{ readonly isCutOff: boolean }> {
    const untilMs = clock().getTime() + budgetMs;
    const errors: unknown[] = [];
    let next = leftAt;
    let isFromBeginning = next === undefined;
    let isOver = false;
    for (;;) {
      const page = await read(next);
      const failed = await workOn(page.items);
      errors.push(...failed);
      if (failed.length > 0 && failed.length === page.items.length) throw toFailure(errors);
      next = page.next;
      if (next === undefined && isFromBeginning) break;
      isFromBeginning ||= next === undefined;
      isOver = clock().getTime() >= untilMs;
      if (isOver) break;
    }
    leftAt = next;
    if (errors.length > 0) throw toFailure(errors);
    return { isCutOff: isOver };

    async function workOn(items: readonly T[]): Promise<readonly unknown[]> {
      const failed: unknown[] = [];
      const tryOne = (item: T) => work(item).catch((error: unknown) => void failed.push(error));
      await pMap(items, tryOne, { concurrency: itemsAtOnce });
      return failed;
    }
  };
}

const toFailure = (errors: readonly unknown[]) => new AggregateError(errors.slice(0, MAX_ERRORS));
