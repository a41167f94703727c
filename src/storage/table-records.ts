import pMap from 'p-map';
import type { StorageClients } from './clients.ts';
import { orOn, reach } from './reach.ts';
import { parseRow, toReadable, UnreadableRow } from './readable.ts';
import {
  type Added,
  fromMarkRow,
  hasMark,
  type Location,
  type Shape,
  type Stored,
  toCreate,
  toMarkRange,
  toRemove,
  toReplace,
  toStored,
} from './table-rows.ts';
import { createTableTransactions } from './table-transactions.ts';

const READS_AT_ONCE = 16;
/** The row is there already. */
const EXISTS = [409];
/** Somebody else wrote, added or removed a row meanwhile. */
const CHANGED = [404, 409, 412];

/**
 * Records in an Azure table: optimistic concurrency by ETag, marks by which records are found in order, and one
 * transaction for the rows of a partition that are written at the same time.
 */
export function createTableRecords<T extends object>(storage: StorageClients, shape: Shape<T>) {
  const { name } = shape;
  const table = () => storage.table(shape.table);
  const create = async () => (await table()).createTable();
  const write = createTableTransactions(storage, shape);

  async function add(record: T): Promise<Added<T>> {
    const etags = await write({ records: [toCreate(shape, record)], refusedBy: EXISTS });
    if (etags) return { added: true, entry: toStored(shape, record, etags[0]) };
    const existing = await read(shape.locate(record));
    if (existing === undefined) throw new Error(`${shape.locate(record).rowKey} was there and is gone`);
    return { added: false, entry: existing };
  }

  async function find({ partitionKey, rowKey }: Location): Promise<Stored<T> | UnreadableRow | undefined> {
    const client = await table();
    const row = await reach(`${name}.read`, create, () =>
      orOn([404], undefined, client.getEntity(partitionKey, rowKey)),
    );
    return row && parseRow(shape, { ...row, partitionKey, rowKey });
  }

  /** @throws {UnreadableRow} */
  async function read(location: Location): Promise<Stored<T> | undefined> {
    const found = await find(location);
    if (found instanceof UnreadableRow) throw found;
    return found;
  }

  /** One page of rows; none where there is no table yet. */
  async function page(during: string, filter: string, limit: number, continuationToken?: string) {
    const client = await table();
    const settings = { maxPageSize: limit, ...(continuationToken && { continuationToken }) };
    const pages = client.listEntities<Location>({ queryOptions: { filter } }).byPage(settings);
    const { value } = await reach(`${name}.${during}`, create, () => pages.next());
    const rows: readonly (Location & object)[] = value ?? [];
    return { rows, next: value?.continuationToken as string | undefined };
  }

  return {
    read,
    add: (records: readonly T[]): Promise<Added<T>[]> => Promise.all(records.map(add)),

    /**
     * Writes records of one partition in one transaction: those with a version replace it, others are added.
     * @returns the records as they are now, or undefined where somebody else wrote meanwhile
     */
    async commit(records: readonly (T | Stored<T>)[]): Promise<readonly Stored<T>[] | undefined> {
      const rows = records.map((record) =>
        'version' in record ? toReplace(shape, record) : toCreate(shape, record),
      );
      const etags = await write({ records: rows, refusedBy: CHANGED });
      return etags && records.map((record, at) => toStored(shape, record, etags[at]));
    },

    /** False where somebody else wrote meanwhile. */
    remove: async (record: Stored<T>): Promise<boolean> =>
      (await write({ records: [toRemove(shape, record)], refusedBy: CHANGED })) !== undefined,

    /** A page of the records that fit a filter, and where the next one begins. */
    async page(filter: string, limit: number, next?: string) {
      const found = await page('list', filter, limit, next);
      return { ...toReadable(found.rows.map((row) => parseRow(shape, row))), next: found.next };
    },

    /** Records with a mark whose text is less than `before`, the least first, at most `limit`. */
    async marked(mark: string, partitionKeys: readonly string[], before: string, limit: number) {
      const [from, to] = toMarkRange(mark, before);
      const found = await Promise.all(
        partitionKeys.map((key) =>
          page('marked', `PartitionKey eq '${key}' and RowKey ge '${from}' and RowKey lt '${to}'`, limit),
        ),
      );
      const first = found
        .flatMap(({ rows }) => rows.map(fromMarkRow))
        .sort((a, b) => (a.mark < b.mark ? -1 : 1))
        .slice(0, limit);
      const readMarked = async ({ location, mark }: (typeof first)[number]) => {
        const record = await find(location);
        if (record === undefined || record instanceof UnreadableRow) return record;
        // One that moved meanwhile is not what was looked for: a request may just have ended.
        return hasMark(record, mark) ? record : undefined;
      };
      return toReadable(await pMap(first, readMarked, { concurrency: READS_AT_ONCE }));
    },
  };
}
