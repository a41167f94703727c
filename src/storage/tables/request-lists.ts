import { toDueAt } from '../../requests/record/due.ts';
import type { StoredRequest } from '../../requests/record/record.ts';
import { isOpen } from '../../requests/record/states.ts';
import type { RequestFilter, RequestStore } from '../../requests/store.ts';
import {
  DUE,
  ENDED,
  type IndexRange,
  toDueRange,
  toRangeBetween,
  toRangeUntil,
  toStateName,
  toWholeRange,
} from './due-index.ts';
import { listByRanges } from './list-by-ranges.ts';
import { type Listing, listByState } from './list-by-state.ts';
import { indexAgain } from './purge.ts';
import type { TableRecords } from './records.ts';
import {
  isListedByState,
  toBatchName,
  toHeldName,
  toNumberWaitName,
  toRefusedName,
  toSeatName,
} from './request-index.ts';
import { hasEnded, isRequest, type RequestRow, toRequests } from './request-rows.ts';
import { toText } from './rows.ts';
import { toShard } from './shard.ts';

/**
 * The index that serves a filter, if any: the due index has each open request, and the index of a state the failed
 * ones. A scan would read a million rows to find ten. The rows of a person are a range, and need no index.
 */
function toListing(filter: RequestFilter): Listing<RequestRow> | undefined {
  const { state, personKey } = filter;
  if (state === undefined || personKey !== undefined || !(isOpen(state) || isListedByState(state)))
    return undefined;
  return {
    range: toWholeRange(isOpen(state) ? DUE : toStateName(state)),
    fits: toFits(filter),
    scanFilter: isOpen(state) ? undefined : toFilter(filter),
  };
}

const toFits =
  ({ state, source, since, until }: RequestFilter) =>
  (row: RequestRow): boolean =>
    isRequest(row) &&
    (state === undefined || row.state === state) &&
    (source === undefined || row.request?.source === source) &&
    (since === undefined || row.updatedAt >= since) &&
    (until === undefined || row.updatedAt < until);

/**
 * The ranges of index keys that have all requests of some time: those that ended then, and all open ones. Version 0.1.0
 * wrote no time of the end: its ended requests are in no list by time.
 */
function toRanges({ state, personKey, since, until }: RequestFilter): readonly IndexRange[] | undefined {
  if (personKey !== undefined || (since === undefined && until === undefined)) return undefined;
  if (state !== undefined && isOpen(state)) return undefined;
  const name = state !== undefined && isListedByState(state) ? toStateName(state) : ENDED;
  const ended = toRangeBetween(name, since, until);
  return state === undefined ? [ended, toWholeRange(DUE)] : [ended];
}

/** The filter of a scan. */
function toFilter({ state, source, personKey, since, until, waitingOrMovedSince }: RequestFilter): string {
  const parts = [
    state && `state eq '${state}'`,
    // Rows of people have no state, and are filtered out.
    waitingOrMovedSince &&
      `state ge '' and (state eq 'waiting' or updatedAt ge datetime'${waitingOrMovedSince.toISOString()}')`,
    since && `updatedAt ge datetime'${since.toISOString()}'`,
    until && `updatedAt lt datetime'${until.toISOString()}'`,
    source !== undefined && `source eq ${toText(source)}`,
    personKey !== undefined &&
      `PartitionKey eq '${toShard(personKey)}' and RowKey ge '${personKey}.r.' and RowKey lt '${personKey}.r/'`,
  ];
  return parts.filter(Boolean).join(' and ');
}

type RequestLists = Pick<
  RequestStore,
  'due' | 'waitingForSeats' | 'waitingForNumbers' | 'ofBatch' | 'heldUnder' | 'countHeld' | 'refused' | 'list'
>;

/** The lists of requests in the table. */
export function createRequestLists(rows: TableRecords<RequestRow>): RequestLists {
  return {
    async due(at, limit, next) {
      const due = await rows.pageByIndex(toDueRange(at), limit, next);
      await indexAgain(rows, due.records.filter(hasEnded));
      const overdue = toRequests(due.records).filter((record) => {
        // A working request keeps an earlier due key.
        const dueAt = toDueAt(record);
        return dueAt !== undefined && dueAt <= at;
      });
      return { records: overdue, unreadable: due.unreadable, next: due.next };
    },

    async waitingForSeats(licenseId, limit) {
      const { records } = await rows.firstByIndex(toWholeRange(toSeatName(licenseId)), limit);
      return toRequests(records);
    },

    async waitingForNumbers(reason, limit) {
      const { records } = await rows.firstByIndex(toWholeRange(toNumberWaitName(reason)), limit);
      return toRequests(records).filter(({ waiting }) => waiting?.for === reason);
    },

    async ofBatch(batch, limit, next) {
      const { records, ...page } = await rows.pageByIndex(toWholeRange(toBatchName(batch)), limit, next);
      return { ...page, records: toRequests(records) };
    },

    async heldUnder(cause, by, limit, next) {
      const { records, ...page } = await rows.pageByIndex(toRangeUntil(toHeldName(cause), by), limit, next);
      return { ...page, records: toRequests(records) };
    },

    countHeld: (cause, limit) => rows.countByIndex(toWholeRange(toHeldName(cause)), limit),

    async refused(reason, limit) {
      const { records } = await rows.firstByIndex(toWholeRange(toRefusedName(reason)), limit);
      const isRefused = ({ waiting }: StoredRequest) => waiting?.for === reason;
      const found = toRequests(records);
      // An earlier version moves a request and leaves the key.
      await indexAgain(
        rows,
        found.filter((record) => !isRefused(record)),
      );
      return found.filter(isRefused);
    },

    async list(filter, limit, next) {
      const ranges = toRanges(filter);
      const listing = toListing(filter);
      const page = ranges
        ? await listByRanges(rows, ranges, toFits(filter), limit, next)
        : listing
          ? await listByState(rows, listing, limit, next)
          : await rows.page(toFilter(filter), limit, next);
      return { records: toRequests(page.records), unreadable: page.unreadable, next: page.next };
    },
  };
}
