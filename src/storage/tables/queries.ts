import type { TableClient } from '@azure/data-tables';
import type { CallResource } from '../resources.ts';
import type { Positions } from './cursors.ts';
import type { IndexRange } from './due-index.ts';
import { fromIndexRow, type Location, toIndexFilter } from './rows.ts';
import { SHARDS } from './shard.ts';

/** Azure answers a query after five seconds, with a short or an empty page where it scanned many rows. */
export const MAX_PAGES_PER_READ = 1_000;

interface ReadOptions {
  readonly pageSize: number;
  readonly maxPages?: number;
  /** A continuation token. */
  readonly from?: string | undefined;
}

export type IndexRow = Location & { readonly etag?: string };

/** An index row, its key and the location of its record. */
export type FoundKey = ReturnType<typeof fromIndexRow> & { readonly row: IndexRow };

/**
 * Queries of one table. Each follows continuations: a page may be short or empty without being the last.
 * @param name names the operation in failures of storage
 */
export function createQueries(inTable: CallResource<TableClient>, name: string) {
  /** Reads the rows that fit a filter, up to a page of them. `next` is set where there may be more. */
  async function readRows(
    operation: string,
    filter: string,
    { pageSize, maxPages = MAX_PAGES_PER_READ, from }: ReadOptions,
  ) {
    const settings = { maxPageSize: pageSize, ...(from && { continuationToken: from }) };
    const pages = await inTable(`${name}.${operation}`, async (table) =>
      table.listEntities<Location>({ queryOptions: { filter } }).byPage(settings),
    );
    const rows: IndexRow[] = [];
    let next: string | undefined;
    for (let page = 0; page < maxPages && rows.length < pageSize; page += 1) {
      const { value } = await inTable(`${name}.${operation}`, () => pages.next());
      rows.push(...(value ?? []));
      next = value?.continuationToken;
      if (next === undefined) break;
    }
    return { rows, next };
  }

  /** The next index rows of each partition after a position, about `limit` of each partition. */
  async function readIndex(range: IndexRange, limit: number, from: Positions) {
    const found = await Promise.all(
      SHARDS.map(async (partitionKey, shard) => {
        const after = from[shard];
        if (after === null) return { rows: [], position: null };
        const filter = `PartitionKey eq '${partitionKey}' and ${toIndexFilter(range, after)}`;
        const { rows, next } = await readRows('index', filter, { pageSize: limit });
        const isLast = next === undefined && rows.length < limit;
        // Without a row in a long scan, the next read starts at the same position.
        return { rows, position: isLast ? null : (rows.at(-1)?.rowKey ?? after) };
      }),
    );
    const rows = found
      .flatMap((shard) => shard.rows)
      .map((row) => ({ ...fromIndexRow(row), row }))
      .sort((a, b) => (a.indexKey < b.indexKey ? -1 : 1));
    return { rows, positions: found.map(({ position }) => position) };
  }

  return { readRows, readIndex };
}
