import type { IndexRange } from './due-index.ts';
import type { TableRecords } from './records.ts';
import { hasIndexKeyOf, type Stored } from './rows.ts';
import { SHARDS } from './shard.ts';

/** A list: first the records that an index names, then those that a scan finds without an index key. */
export interface Listing<T extends object> {
  readonly range: IndexRange;
  readonly fits: (record: Stored<T>) => boolean;
  /** The filter of the scan. Undefined where version 0.1.0 wrote the index key as well: no scan is needed. */
  readonly scanFilter: string | undefined;
}

/** The first character of a cursor says whether the list is at the index or at the scan. */
const INDEX = 'i';
const SCAN = 's';

const encode = (cursor: string) => `${INDEX}${Buffer.from(cursor).toString('base64url')}`;
const decode = (next: string) => Buffer.from(next.slice(INDEX.length), 'base64url').toString('utf8');

/**
 * Lists by an index first: rare records are found at once in a large table. A page may be short or empty without
 * being the last. A cursor of version 0.1.0, which had no index, continues the scan.
 */
export async function listByState<T extends object>(
  records: Pick<TableRecords<T>, 'pageByIndex' | 'page'>,
  { range, fits, scanFilter }: Listing<T>,
  limit: number,
  next?: string,
) {
  if (next === undefined || next.startsWith(INDEX)) {
    const limitPerShard = Math.ceil(limit / SHARDS.length);
    const page = await records.pageByIndex(range, limitPerShard, next && decode(next));
    const onward = page.next === undefined ? scanFilter && SCAN : encode(page.next);
    return { ...page, records: page.records.filter(fits), next: onward };
  }
  const token = next.startsWith(SCAN) ? next.slice(SCAN.length) : next;
  const page = await records.page(scanFilter ?? '', limit, token || undefined);
  const isNew = (record: Stored<T>) => fits(record) && !hasIndexKeyOf(record, range.name);
  return { ...page, records: page.records.filter(isNew), next: page.next && `${SCAN}${page.next}` };
}
