import { isOpen } from '../../requests/record/states.ts';
import type { RequestFilter } from '../../requests/store.ts';
import { DUE, toStateName, toWholeRange } from './due-index.ts';
import type { Listing } from './list-by-state.ts';
import { isListedByState, isRequest, type RequestRow } from './request-rows.ts';
import { toText } from './rows.ts';
import { toShard } from './shard.ts';

/**
 * The index that serves a filter, if any: the due index has each open request, and the index of a state the failed
 * ones. A scan would read a million rows to find ten. The rows of a person are a range, and need no index.
 */
export function toListing(filter: RequestFilter): Listing<RequestRow> | undefined {
  const { state, source, personKey } = filter;
  if (state === undefined || personKey !== undefined || !(isOpen(state) || isListedByState(state)))
    return undefined;
  return {
    range: toWholeRange(isOpen(state) ? DUE : toStateName(state)),
    fits: (row) =>
      isRequest(row) && row.state === state && (source === undefined || row.request?.source === source),
    scanFilter: isOpen(state) ? undefined : toFilter(filter),
  };
}

/** The filter of a scan. */
export function toFilter({ state, source, personKey, waitingOrMovedSince: since }: RequestFilter): string {
  const parts = [
    state && `state eq '${state}'`,
    // Rows of people have no state, and are filtered out.
    since && `state ge '' and (state eq 'waiting' or updatedAt ge datetime'${since.toISOString()}')`,
    source !== undefined && `source eq ${toText(source)}`,
    personKey !== undefined &&
      `PartitionKey eq '${toShard(personKey)}' and RowKey ge '${personKey}.r.' and RowKey lt '${personKey}.r/'`,
  ];
  return parts.filter(Boolean).join(' and ');
}
