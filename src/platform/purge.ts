import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { createPageByPage } from './page-by-page.ts';

/** Beside what was read: the keys of rows of a shape that this version does not know. They keep none of the others. */
export interface Unreadable {
  readonly unreadable: readonly string[];
}

/**
 * Removes records that have been kept for long enough at this time, about `limit` of them.
 * @returns how many, and where to go on; undefined where all was looked at
 */
export type Purge = (
  at: Date,
  limit: number,
  next?: string,
) => Promise<Unreadable & { readonly purged: number; readonly next: string | undefined }>;

const PAGE = 200;
/** Of each part: housekeeping that is cut off goes on a minute later. */
const BUDGET_MS = 30_000;

export interface Purged {
  readonly purged: number;
  readonly isCutOff: boolean;
}

/** Removes records of one part that have been kept for long enough, for a limited time a run. */
export function createPurgePart(part: string, purge: Purge, clock: Clock) {
  const workThrough = createPageByPage({ clock, budgetMs: BUDGET_MS, itemsAtOnce: 1 });

  return async (log: Log): Promise<Purged> => {
    const at = clock();
    let purged = 0;
    const { isCutOff } = await workThrough(
      async (next) => {
        const page = await purge(at, PAGE, next);
        purged += page.purged;
        return { items: [], next: page.next };
      },
      async () => {},
    );
    if (purged > 0 || isCutOff) log.info('purged', { part, purged, isCutOff });
    return { purged, isCutOff };
  };
}
