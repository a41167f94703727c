import type { TransactionAction } from '@azure/data-tables';
import pMap from 'p-map';
import type { StorageClients } from './clients.ts';
import { createGather } from './gather.ts';
import { orOn, reach } from './reach.ts';
import {
  type Added,
  fromMarkRow,
  fromRow,
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

/** The most rows that one table transaction takes. */
const MAX_ROWS_PER_TRANSACTION = 100;
const READS_AT_ONCE = 16;
/** Why rows are not added together: one is there already, or they are too large for one transaction. */
const APART = [400, 409, 413];
/** Somebody else wrote, added or removed a row meanwhile. */
const CHANGED = [404, 409, 412];

/**
 * Records in an Azure table: optimistic concurrency by ETag, marks by which records are found in order, and one
 * transaction for the rows of a partition that are written together, or added at the same time by whomever.
 */
export function createTableRecords<T extends object>(storage: StorageClients, shape: Shape<T>) {
  const { name } = shape;
  const table = () => storage.table(shape.table);
  const create = async () => (await table()).createTable();
  /** One for each partition in use: as many as there are shards. */
  const gathers = new Map<string, (record: T) => Promise<Added<T>>>();

  /** The ETags of the first row of each group; undefined where storage answers with a status of `except`. */
  async function submit(during: string, groups: readonly TransactionAction[][], except: readonly number[]) {
    const client = await table();
    const call = () => orOn(except, undefined, client.submitTransaction(groups.flat()));
    const done = await reach(`${name}.${during}`, create, call);
    return done && groups.map((_, at) => done.subResponses[groups.slice(0, at).flat().length]?.etag);
  }

  /** Rows of one partition, all or none: where that is refused, each half of them. */
  async function addTogether(records: readonly T[]): Promise<readonly Added<T>[]> {
    const [only] = records;
    const except = records.length === 1 ? [409] : APART;
    const etags = await submit(
      'add',
      records.map((record) => toCreate(shape, record)),
      except,
    );
    if (etags)
      return records.map((record, at) => ({ added: true, entry: toStored(shape, record, etags[at]) }));
    if (records.length === 1 && only !== undefined) {
      const existing = await read(shape.locate(only));
      if (existing === undefined) throw new Error(`${shape.locate(only).rowKey} was there and is gone`);
      return [{ added: false, entry: existing }];
    }
    const half = Math.ceil(records.length / 2);
    return (await Promise.all([records.slice(0, half), records.slice(half)].map(addTogether))).flat();
  }

  function add(record: T): Promise<Added<T>> {
    const { partitionKey } = shape.locate(record);
    const limits = { maxItems: MAX_ROWS_PER_TRANSACTION / (shape.marks ? 2 : 1), callsAtOnce: 1 };
    const gather =
      gathers.get(partitionKey) ??
      createGather<T, Added<T>>(limits, (one) => shape.locate(one).rowKey, addTogether);
    gathers.set(partitionKey, gather);
    return gather(record);
  }

  async function read({ partitionKey, rowKey }: Location): Promise<Stored<T> | undefined> {
    const client = await table();
    const row = await reach(`${name}.read`, create, () =>
      orOn([404], undefined, client.getEntity(partitionKey, rowKey)),
    );
    return row && fromRow(shape, row);
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
      const groups = records.map((record) =>
        'version' in record ? toReplace(shape, record) : toCreate(shape, record),
      );
      const etags = await submit('commit', groups, CHANGED);
      return etags && records.map((record, at) => toStored(shape, record, etags[at]));
    },

    /** False where somebody else wrote meanwhile. */
    remove: async (record: Stored<T>): Promise<boolean> =>
      (await submit('remove', [toRemove(shape, record)], CHANGED)) !== undefined,

    /** A page of the records that fit a filter, and where the next one begins. */
    async page(filter: string, limit: number, next?: string) {
      const found = await page('list', filter, limit, next);
      return { records: found.rows.map((row) => fromRow(shape, row)), next: found.next };
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
        const record = await read(location);
        // One that moved meanwhile is not what was looked for: a request may just have ended.
        return record && hasMark(record, mark) ? record : undefined;
      };
      const records = await pMap(first, readMarked, { concurrency: READS_AT_ONCE });
      return records.filter((record) => record !== undefined);
    },
  };
}
