import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { createPageByPage } from './page-by-page.ts';

/** The keys of rows in a form that this version does not know. They do not block the rest of the batch. */
export interface Unreadable {
  readonly unreadable: readonly string[];
}

/**
 * Removes records after their retention, about `limit` of them.
 * @returns their number, and the cursor of the next page
 */
export type Purge = (
  at: Date,
  limit: number,
  next?: string,
) => Promise<Unreadable & { readonly purged: number; readonly next: string | undefined }>;

const PAGE = 200;
/** For each part: the next sweep continues a minute later. */
const BUDGET_MS = 30_000;

interface Purged {
  readonly purged: number;
  readonly isCutOff: boolean;
}

/** A part of the sweep: removes records after their retention, for a limited time per run. */
export function createPurgePart(part: string, purge: Purge, clock: Clock) {
  const workThrough = createPageByPage({ clock, budgetMs: BUDGET_MS, itemsAtOnce: 1 });

  return async function purgeRecords(log: Log): Promise<Purged> {
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
