import type { ItemResult } from './item-result.ts';
import { toItems } from './items.ts';
import type { RequestRecord } from './record.ts';
import { isWorthRedriving } from './redrive-record.ts';

/** The body of `GET /license-requests/{requestId}`. */
export function toView(record: RequestRecord) {
  const { request, results } = record;
  return {
    requestId: record.requestId,
    state: record.state,
    waiting: record.waiting,
    failure: record.failure,
    ...(record.failure && { redriveMayHelp: isWorthRedriving(record) }),
    request,
    origin: record.origin,
    personId: record.personId,
    results:
      request &&
      toItems(request).map((item) => ({
        ...toWanted(item),
        ...(results[item.index] ?? ({ result: 'wanted' } satisfies ItemResult)),
      })),
    attempts: record.attempts,
    acceptedAt: record.acceptedAt,
    updatedAt: record.updatedAt,
    history: record.history,
    original: record.original,
  };
}

const toWanted = (item: ReturnType<typeof toItems>[number]) =>
  item.kind === 'license'
    ? { license: item.reference, operation: item.operation }
    : { siteUrl: item.siteUrl, operation: item.operation };
