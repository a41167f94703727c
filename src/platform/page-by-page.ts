import pMap from 'p-map';
import type { Clock } from './clock.ts';

const MAX_ERRORS = 10;

export interface Page<T> {
  readonly items: readonly T[];
  /** The cursor of the next page; undefined after the last page. */
  readonly next: string | undefined;
}

interface Limits {
  readonly clock: Clock;
  readonly budgetMs: number;
  readonly itemsAtOnce: number;
}

/**
 * Works through pages, for a limited time per run. After a cut-off, the next run continues at the same page and
 * starts at the first page afterwards: items that always fail do not block the others.
 */
export function createPageByPage({ clock, budgetMs, itemsAtOnce }: Limits) {
  let cutOffAt: string | undefined;

  /**
   * @returns whether the time was up before the work was done
   * @throws AggregateError with the failed items, after the others were tried; at once where a whole page failed
   */
  return async function workThrough<T>(
    read: (next?: string) => Promise<Page<T>>,
    work: (item: T) => Promise<unknown>,
  ): Promise<{ readonly isCutOff: boolean }> {
    const untilMs = clock().getTime() + budgetMs;
    const errors: unknown[] = [];
    let next = cutOffAt;
    let isFromBeginning = next === undefined;
    let isCutOff = false;
    for (;;) {
      const page = await read(next);
      const failed = await workOn(page.items);
      errors.push(...failed);
      if (failed.length > 0 && failed.length === page.items.length) throw toFailure(errors);
      next = page.next;
      if (next === undefined && isFromBeginning) break;
      isFromBeginning ||= next === undefined;
      isCutOff = clock().getTime() >= untilMs;
      if (isCutOff) break;
    }
    cutOffAt = next;
    if (errors.length > 0) throw toFailure(errors);
    return { isCutOff };

    async function workOn(items: readonly T[]): Promise<readonly unknown[]> {
      const failed: unknown[] = [];
      const tryOne = (item: T) => work(item).catch((error: unknown) => void failed.push(error));
      await pMap(items, tryOne, { concurrency: itemsAtOnce });
      return failed;
    }
  };
}

const toFailure = (errors: readonly unknown[]) => new AggregateError(errors.slice(0, MAX_ERRORS));
