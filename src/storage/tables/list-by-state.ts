import type { IndexRange, TableRecords } from './records.ts';
import { hasIndexKeyOf, type Stored } from './rows.ts';

/** What is listed: the records with a mark that fit, then those that fit the filter and have no such mark. */
export interface Listing<T extends object> {
  readonly range: IndexRange;
  readonly fits: (record: Stored<T>) => boolean;
  /** Of a scan, for the records that version 0.1.0 wrote without the mark; undefined where it wrote the mark, too. */
  readonly unmarked: string | undefined;
}

const INDEX = 'i';
const SCAN = 's';

const encode = (cursor: string) => `${INDEX}${Buffer.from(cursor).toString('base64url')}`;
const decode = (next: string) => Buffer.from(next.slice(INDEX.length), 'base64url').toString('utf8');

/**
 * Lists by an index first: what is rare is found at once, however many other records there are. A page may be short or
 * empty and not be the last; a `next` of version 0.1.0, which knew no index, is that of the scan.
 */
export async function listByState<T extends object>(
  records: Pick<TableRecords<T>, 'marked' | 'page'>,
  { range, fits, unmarked }: Listing<T>,
  limit: number,
  next?: string,
) {
  if (next === undefined || next.startsWith(INDEX)) {
    const ofEach = Math.ceil(limit / range.partitionKeys.length);
    const page = await records.marked(range, ofEach, next && decode(next));
    const onward = page.next === undefined ? unmarked && SCAN : encode(page.next);
    return { ...page, records: page.records.filter(fits), next: onward };
  }
  const token = next.startsWith(SCAN) ? next.slice(SCAN.length) : next;
  const page = await records.page(unmarked ?? '', limit, token || undefined);
  const isNew = (record: Stored<T>) => fits(record) && !hasIndexKeyOf(record, range.mark);
  return { ...page, records: page.records.filter(isNew), next: page.next && `${SCAN}${page.next}` };
}
