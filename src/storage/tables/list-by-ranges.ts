import { UnknownCursor } from '../../http/cursor.ts';
import type { IndexRange } from './due-index.ts';
import type { TableRecords } from './records.ts';
import type { Stored } from './rows.ts';
import { SHARDS } from './shard.ts';

const CURSOR = /^r(\d{1,3})_([\w-]*)$/;

const encode = (range: number, cursor = '') => `r${range}_${Buffer.from(cursor).toString('base64url')}`;

/**
 * Lists the records of some ranges of index keys, one range after the other, that fit. A page may be short or empty
 * without being the last.
 */
export async function listByRanges<T extends object>(
  records: Pick<TableRecords<T>, 'pageByIndex'>,
  ranges: readonly IndexRange[],
  fits: (record: Stored<T>) => boolean,
  limit: number,
  next?: string,
) {
  const [, place = '0', encoded = ''] = CURSOR.exec(next ?? 'r0_') ?? [undefined, 'none'];
  const at = Number(place);
  const range = ranges[at];
  if (range === undefined) throw new UnknownCursor();
  const cursor = Buffer.from(encoded, 'base64url').toString('utf8');
  const page = await records.pageByIndex(range, Math.ceil(limit / SHARDS.length), cursor || undefined);
  const isLast = page.next === undefined && at + 1 >= ranges.length;
  const onward = page.next === undefined ? encode(at + 1) : encode(at, page.next);
  return { ...page, records: page.records.filter(fits), next: isLast ? undefined : onward };
}
