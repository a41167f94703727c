import pMap from 'p-map';
import type { Purge } from '../../platform/purge.ts';
import { ENDED, toIndexEnd } from './due-index.ts';
import type { IndexRange, TableRecords } from './records.ts';
import type { Stored } from './rows.ts';

/** Writes to one partition that are under way together share a transaction. */
const WRITES_AT_ONCE = 50;

interface Kept<T extends object> {
  readonly records: Pick<TableRecords<T>, 'marked'>;
  /** What may be removed at this time. */
  readonly toRange: (at: Date) => IndexRange;
  /** Whether it is gone. */
  readonly remove: (record: Stored<T>, at: Date) => Promise<boolean>;
}

/** Removes records that have been kept for long enough, a page at a time. */
export function createPurge<T extends object>({ records, toRange, remove }: Kept<T>): Purge {
  return async (at, limit, from) => {
    const { records: old, unreadable, next } = await records.marked(toRange(at), limit, from);
    const isGone = await pMap(old, (record) => remove(record, at), {
      concurrency: WRITES_AT_ONCE,
      stopOnError: false,
    });
    return { purged: isGone.filter(Boolean).length, unreadable, next };
  };
}

/** What ended longer ago than the retention. */
export const toEndedRange =
  (partitionKeys: readonly string[], retentionMs: number) =>
  (at: Date): IndexRange => {
    return { mark: ENDED, partitionKeys, before: toIndexEnd(new Date(at.getTime() - retentionMs)) };
  };

/**
 * Marks records as this version does. Version 0.1.0 marked what had ended `due` for the day of its removal: found among
 * what is due, it is put aside, and not read there again.
 */
export async function indexAgain<T extends object>(
  records: Pick<TableRecords<T>, 'commit'>,
  ended: readonly Stored<T>[],
): Promise<void> {
  await pMap(ended, (record) => records.commit([record]), { concurrency: WRITES_AT_ONCE });
}
