import pMap from 'p-map';
import { VERSION_CONFLICT, type VersionConflict } from '../../platform/version-conflict.ts';
import { ignoreStatus } from '../call-storage.ts';
import type { StorageClients } from '../clients.ts';
import { openTable } from '../resources.ts';
import { checkToken, decodeCursor, encodeCursor, type Positions, readFrom } from './cursors.ts';
import type { IndexRange } from './due-index.ts';
import { createQueries, type FoundKey, type IndexRow, MAX_PAGES_PER_READ } from './queries.ts';
import { parseRow, type Readable, toReadable, UnreadableRow } from './readable.ts';
import {
  type Added,
  hasIndexKey,
  type Location,
  type Shape,
  type Stored,
  toCreate,
  toEtag,
  toRemove,
  toReplace,
  toStored,
} from './rows.ts';
import { createTableTransactions } from './transactions.ts';

const READS_AT_ONCE = 16;
/** The row exists. */
const EXISTS = [409];
/** A version conflict. */
const CHANGED = [404, 409, 412];

/**
 * Records in an Azure table: optimistic concurrency by ETag, index keys by which records are found in order, and one
 * transaction for concurrent writes to a partition. Each query follows continuations: a page may be short or empty
 * without being the last.
 */
export function createTableRecords<T extends object>(storage: StorageClients, shape: Shape<T>) {
  const { name } = shape;
  const inTable = openTable(storage, shape.table);
  const write = createTableTransactions(inTable, name);
  const { readRows, readIndex } = createQueries(inTable, name);

  async function addRecord(record: T): Promise<Added<T>> {
    const etags = await write({ records: [toCreate(shape, record)], refusedBy: EXISTS });
    if (etags !== VERSION_CONFLICT) return { added: true, record: toStored(shape, record, etags[0]) };
    const existing = await read(shape.locate(record));
    if (existing === undefined) throw new Error(`${shape.locate(record).rowKey} existed and is gone`);
    return { added: false, record: existing };
  }

  async function find({ partitionKey, rowKey }: Location): Promise<Stored<T> | UnreadableRow | undefined> {
    const row = await inTable(`${name}.read`, (table) =>
      ignoreStatus([404], table.getEntity(partitionKey, rowKey)),
    );
    return row && parseRow(shape, { ...row, partitionKey, rowKey });
  }

  /** @throws {UnreadableRow} */
  async function read(location: Location): Promise<Stored<T> | undefined> {
    const found = await find(location);
    if (found instanceof UnreadableRow) throw found;
    return found;
  }

  async function readIndexed({ location, indexKey, row }: FoundKey) {
    const record = await find(location);
    // The app writes and removes both together: only a person can have removed the record alone.
    if (record === undefined) await removeRow(row);
    if (record === undefined || record instanceof UnreadableRow) return record;
    // The record may have changed since the index row was read.
    return hasIndexKey(record, indexKey) ? record : undefined;
  }

  /** False on a version conflict. */
  async function removeRow({ partitionKey, rowKey, etag = '' }: IndexRow): Promise<boolean> {
    const removed = await inTable(`${name}.remove`, (table) =>
      ignoreStatus([404, 412], table.deleteEntity(partitionKey, rowKey, { etag })),
    );
    return removed !== undefined;
  }

  /**
   * Writes records of one partition in one transaction: replaces the version of a record that has one, adds the others.
   * @returns the records as stored
   */
  async function commit(
    records: readonly (T | Stored<T>)[],
  ): Promise<readonly Stored<T>[] | VersionConflict> {
    const rows = records.map((record) =>
      'version' in record ? toReplace(shape, record) : toCreate(shape, record),
    );
    const etags = await write({ records: rows, refusedBy: CHANGED });
    if (etags === VERSION_CONFLICT) return etags;
    return records.map((record, index) => toStored(shape, record, etags[index]));
  }

  return {
    read,
    add: (records: readonly T[]): Promise<Added<T>[]> => Promise.all(records.map(addRecord)),
    commit,

    /** Commits one record. */
    async replace(record: T | Stored<T>): Promise<Stored<T> | VersionConflict> {
      const written = await commit([record]);
      return written === VERSION_CONFLICT ? written : (written[0] ?? VERSION_CONFLICT);
    },

    /** Whether the record is gone: false on a version conflict. */
    remove: async (record: Stored<T>): Promise<boolean> =>
      (await write({ records: [toRemove(shape, record)], refusedBy: CHANGED })) !== VERSION_CONFLICT,

    /** As `remove`, for records without index keys. */
    removeUnindexed: (record: Stored<T>): Promise<boolean> =>
      removeRow({ ...shape.locate(record), etag: toEtag(record) }),

    /** A page of at most `limit` records that fit a filter, and the token of the next page. */
    async page(filter: string, limit: number, next?: string) {
      if (next) checkToken(next);
      const found = await readFrom(next, () =>
        readRows('list', filter, { pageSize: limit, maxPages: 1, from: next }),
      );
      return { ...toReadable(found.rows.map((row) => parseRow(shape, row))), next: found.next };
    },

    /** The first `limit` records that fit a filter, from as many pages as that needs. */
    async all(filter: string, limit: number): Promise<Readable<T>> {
      const { rows } = await readRows('list', filter, { pageSize: limit });
      return toReadable(rows.slice(0, limit).map((row) => parseRow(shape, row)));
    },

    /** The number of records in an index, counted up to `limit` in each partition. */
    async countByIndex(range: IndexRange, limit: number): Promise<number> {
      return (await readIndex(range, limit, [])).rows.length;
    },

    /** The first `limit` readable records of an index, in the order of their keys. */
    async firstByIndex(range: IndexRange, limit: number): Promise<Readable<T>> {
      const found: (Stored<T> | UnreadableRow | undefined)[] = [];
      const countMissing = () => limit - toReadable(found).records.length;
      let from: Positions = [];
      for (let page = 0; page < MAX_PAGES_PER_READ; page += 1) {
        const { rows, positions } = await readIndex(range, limit, from);
        const unread = [...rows];
        while (unread.length > 0 && countMissing() > 0) {
          const batch = unread.splice(0, countMissing());
          found.push(...(await pMap(batch, readIndexed, { concurrency: READS_AT_ONCE })));
        }
        if (countMissing() <= 0 || encodeCursor(positions) === undefined) break;
        from = positions;
      }
      return toReadable(found);
    },

    /** A page of the records of an index, in the order of their keys: about `limit` of each partition. */
    async pageByIndex(range: IndexRange, limit: number, next?: string) {
      const from = next === undefined ? [] : decodeCursor(next);
      const { rows, positions } = await readFrom(next, () => readIndex(range, limit, from));
      const records = await pMap(rows, readIndexed, { concurrency: READS_AT_ONCE });
      return { ...toReadable(records), next: encodeCursor(positions) };
    },
  };
}

export type TableRecords<T extends object> = ReturnType<typeof createTableRecords<T>>;
