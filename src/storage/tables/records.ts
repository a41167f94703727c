import pMap from 'p-map';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import { callStorage, ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { checkToken, decodeCursor, encodeCursor, type Positions, readFrom } from './cursors.ts';
import { parseRow, type Readable, toReadable, UnreadableRow } from './readable.ts';
import {
  type Added,
  fromIndexRow,
  hasIndexKey,
  type Location,
  type Shape,
  type Stored,
  toCreate,
  toEtag,
  toIndexFilter,
  toRemove,
  toReplace,
  toStored,
} from './rows.ts';
import { createTableTransactions } from './transactions.ts';

const READS_AT_ONCE = 16;
/** The row is there already. */
const EXISTS = [409];
/** A version conflict. */
const CHANGED = [404, 409, 412];
/** Azure answers a query after five seconds, with few rows or none where it looked at many in vain. */
const MAX_PAGES_PER_READ = 1_000;

/** Which marks to read: those whose text is less than `before`. */
export interface IndexRange {
  readonly mark: string;
  readonly partitionKeys: readonly string[];
  readonly before: string;
}

interface ReadOptions {
  readonly pageSize: number;
  readonly maxPages?: number;
  /** A continuation token. */
  readonly from?: string | undefined;
}

type IndexRow = Location & { readonly etag?: string };

/**
 * Records in an Azure table: optimistic concurrency by ETag, marks by which records are found in order, and one
 * transaction for the rows of a partition that are written at the same time. Each query follows continuations: a page
 * may be short or empty and not be the last.
 */
export function createTableRecords<T extends object>(storage: StorageClients, shape: Shape<T>) {
  const { name } = shape;
  const table = () => storage.table(shape.table);
  const create = async () => (await table()).createTable();
  const write = createTableTransactions(storage, shape);

  async function add(record: T): Promise<Added<T>> {
    const etags = await write({ records: [toCreate(shape, record)], refusedBy: EXISTS });
    if (etags !== VERSION_CONFLICT) return { added: true, record: toStored(shape, record, etags[0]) };
    const existing = await read(shape.locate(record));
    if (existing === undefined) throw new Error(`${shape.locate(record).rowKey} was there and is gone`);
    return { added: false, record: existing };
  }

  async function find({ partitionKey, rowKey }: Location): Promise<Stored<T> | UnreadableRow | undefined> {
    const client = await table();
    const row = await callStorage(`${name}.read`, create, () =>
      ignoreStatus([404], undefined, client.getEntity(partitionKey, rowKey)),
    );
    return row && parseRow(shape, { ...row, partitionKey, rowKey });
  }

  /** @throws {UnreadableRow} */
  async function read(location: Location): Promise<Stored<T> | undefined> {
    const found = await find(location);
    if (found instanceof UnreadableRow) throw found;
    return found;
  }

  /**
   * Rows that fit a filter, until there is a page of them; none where there is no table yet. `next` says where to go on
   * where there may be more.
   */
  async function readRows(
    during: string,
    filter: string,
    { pageSize, maxPages = MAX_PAGES_PER_READ, from }: ReadOptions,
  ) {
    const client = await table();
    const settings = { maxPageSize: pageSize, ...(from && { continuationToken: from }) };
    const pages = client.listEntities<Location>({ queryOptions: { filter } }).byPage(settings);
    const rows: IndexRow[] = [];
    let next: string | undefined;
    for (let page = 0; page < maxPages && rows.length < pageSize; page += 1) {
      const { value } = await callStorage(`${name}.${during}`, create, () => pages.next());
      rows.push(...(value ?? []));
      next = value?.continuationToken;
      if (next === undefined) break;
    }
    return { rows, next };
  }

  /** The index rows of each partition from where it was left, up to about `limit` of each. */
  async function readIndex({ mark, partitionKeys, before }: IndexRange, limit: number, from: Positions) {
    const found = await Promise.all(
      partitionKeys.map(async (key, at) => {
        const after = from[at];
        if (after === null) return { rows: [], position: null };
        const filter = `PartitionKey eq '${key}' and ${toIndexFilter(mark, before, after)}`;
        const { rows, next } = await readRows('marked', filter, { pageSize: limit });
        const isLast = next === undefined && rows.length < limit;
        // Where storage looked for long and found nothing, it goes on from where it was.
        return { rows, position: isLast ? null : (rows.at(-1)?.rowKey ?? after) };
      }),
    );
    const rows = found
      .flatMap((one) => one.rows)
      .map((row) => ({ ...fromIndexRow(row), row }))
      .sort((a, b) => (a.mark < b.mark ? -1 : 1));
    return { rows, positions: found.map(({ position }) => position) };
  }

  async function readIndexed({ location, mark, row }: ReturnType<typeof fromIndexRow> & { row: IndexRow }) {
    const record = await find(location);
    // Written and removed with its record, an index row is alone only where a hand removed the record.
    if (record === undefined) await removeRow(row);
    if (record === undefined || record instanceof UnreadableRow) return record;
    // One that moved meanwhile is not what was looked for: a request may just have ended.
    return hasIndexKey(record, mark) ? record : undefined;
  }

  /** False on a version conflict. */
  async function removeRow({ partitionKey, rowKey, etag = '' }: IndexRow): Promise<boolean> {
    const client = await table();
    const removed = await callStorage(`${name}.remove`, create, () =>
      ignoreStatus([404, 412], undefined, client.deleteEntity(partitionKey, rowKey, { etag })),
    );
    return removed !== undefined;
  }

  /**
   * Writes records of one partition in one transaction: those with a version replace it, others are added.
   * @returns the records as they are now
   */
  async function commit(
    records: readonly (T | Stored<T>)[],
  ): Promise<readonly Stored<T>[] | VersionConflict> {
    const rows = records.map((record) =>
      'version' in record ? toReplace(shape, record) : toCreate(shape, record),
    );
    const etags = await write({ records: rows, refusedBy: CHANGED });
    if (etags === VERSION_CONFLICT) return etags;
    return records.map((record, at) => toStored(shape, record, etags[at]));
  }

  return {
    read,
    add: (records: readonly T[]): Promise<Added<T>[]> => Promise.all(records.map(add)),

    commit,

    /** Writes one record: as `commit`. */
    async replace(record: T | Stored<T>): Promise<Stored<T> | VersionConflict> {
      const written = await commit([record]);
      return written === VERSION_CONFLICT ? written : (written[0] ?? VERSION_CONFLICT);
    },

    /** Whether it is gone: not on a version conflict. */
    remove: async (record: Stored<T>): Promise<boolean> =>
      (await write({ records: [toRemove(shape, record)], refusedBy: CHANGED })) !== VERSION_CONFLICT,

    /** As `remove`, for records without marks. */
    removeUnchanged: (record: Stored<T>): Promise<boolean> =>
      removeRow({ ...shape.locate(record), etag: toEtag(record) }),

    /**
     * One page of the records that fit a filter, at most `limit`, and where the next one begins: it may be empty and not
     * be the last.
     */
    async page(filter: string, limit: number, next?: string) {
      if (next) checkToken(next);
      const found = await readFrom(next, () =>
        readRows('list', filter, { pageSize: limit, maxPages: 1, from: next }),
      );
      return { ...toReadable(found.rows.map((row) => parseRow(shape, row))), next: found.next };
    },

    /** The records that fit a filter, at most `limit`, however many pages they come in. */
    async all(filter: string, limit: number): Promise<Readable<T>> {
      const { rows } = await readRows('list', filter, { pageSize: limit });
      return toReadable(rows.slice(0, limit).map((row) => parseRow(shape, row)));
    },

    /** The first `limit` records with a mark, the least first: those that cannot be read do not count. */
    async firstIndexed(range: IndexRange, limit: number): Promise<Readable<T>> {
      const found: (Stored<T> | UnreadableRow | undefined)[] = [];
      const countMissing = () => limit - toReadable(found).records.length;
      let from: Positions = [];
      for (let page = 0; page < MAX_PAGES_PER_READ; page += 1) {
        const { rows, positions } = await readIndex(range, limit, from);
        const unread = [...rows];
        while (unread.length > 0 && countMissing() > 0) {
          const some = unread.splice(0, countMissing());
          found.push(...(await pMap(some, readIndexed, { concurrency: READS_AT_ONCE })));
        }
        if (countMissing() <= 0 || encodeCursor(positions) === undefined) break;
        from = positions;
      }
      return toReadable(found);
    },

    /** A page of the records with a mark, the least first, about `limit` of each partition; and where to go on. */
    async marked(range: IndexRange, limit: number, next?: string) {
      const from = next === undefined ? [] : decodeCursor(next);
      const { rows, positions } = await readFrom(next, () => readIndex(range, limit, from));
      const records = await pMap(rows, readIndexed, { concurrency: READS_AT_ONCE });
      return { ...toReadable(records), next: encodeCursor(positions) };
    },
  };
}

export type TableRecords<T extends object> = ReturnType<typeof createTableRecords<T>>;
