import pMap from 'p-map';
import type { TableRecords } from './records.ts';
import type { Stored } from './rows.ts';

const PAGE = 200;
const READS_AT_ONCE = 16;
const DAY_MS = 86_400_000;

interface Deps<P extends object> {
  readonly places: Pick<TableRecords<P>, 'page' | 'removeUnchanged'>;
  readonly hasRequest: (place: P) => Promise<boolean>;
  readonly retentionMs: number;
}

/**
 * Removes places without a request: a place is written before its request and removed after it, and either second write
 * may fail. Such a place does no harm, and takes a request of the same id. They have no index, since each request would
 * pay for it: of places older than any request that has ended, a page is read a run, and the whole table once a day.
 */
export function createOrphanPlaces<P extends object>({ places, hasRequest, retentionMs }: Deps<P>) {
  let next: string | undefined;
  let nextPassAt = new Date(0);

  return async (at: Date): Promise<number> => {
    if (next === undefined && at < nextPassAt) return 0;
    const before = new Date(at.getTime() - retentionMs - DAY_MS);
    const page = await places.page(`Timestamp lt datetime'${before.toISOString()}'`, PAGE, next);
    next = page.next;
    nextPassAt = new Date(at.getTime() + DAY_MS);
    const gone = await pMap(page.records, removeOrphan, { concurrency: READS_AT_ONCE, stopOnError: false });
    return gone.filter(Boolean).length;
  };

  async function removeOrphan(place: Stored<P>): Promise<boolean> {
    return !(await hasRequest(place)) && (await places.removeUnchanged(place));
  }
}
