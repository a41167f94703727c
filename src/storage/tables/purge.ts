import pMap from 'p-map';
import type { Purge } from '../../platform/purge.ts';
import type { IndexRange } from './due-index.ts';
import type { TableRecords } from './records.ts';
import type { Stored } from './rows.ts';

/** Concurrent writes to one partition share a transaction. */
const WRITES_AT_ONCE = 50;

interface Deps<T extends object> {
  readonly records: Pick<TableRecords<T>, 'pageByIndex'>;
  /** The records to remove at this time. */
  readonly toRange: (at: Date) => IndexRange;
  /** Whether the record is gone. */
  readonly remove: (record: Stored<T>, at: Date) => Promise<boolean>;
}

/** Removes records after their retention, a page at a time. */
export function createPurge<T extends object>({ records, toRange, remove }: Deps<T>): Purge {
  return async function purge(at, limit, from) {
    const { records: old, unreadable, next } = await records.pageByIndex(toRange(at), limit, from);
    const isGone = await pMap(old, (record) => remove(record, at), {
      concurrency: WRITES_AT_ONCE,
      stopOnError: false,
    });
    return { purged: isGone.filter(Boolean).length, unreadable, next };
  };
}

/**
 * Writes the index keys of this version. Version 0.1.0 gave an ended record a `due` key for the day of its removal: the
 * write moves the record out of the due index.
 */
export async function indexAgain<T extends object>(
  records: Pick<TableRecords<T>, 'commit'>,
  ended: readonly Stored<T>[],
): Promise<void> {
  await pMap(ended, (record) => records.commit([record]), { concurrency: WRITES_AT_ONCE });
}
