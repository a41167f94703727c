import { toItems } from './items.ts';
import type { LedgerEntry } from './record.ts';
import { isWorthRedriving } from './redrive-record.ts';

/** A request as `GET /license-requests/{requestId}` shows it. */
export function toView(entry: LedgerEntry) {
  const { request, results } = entry;
  return {
    requestId: entry.requestId,
    state: entry.state,
    waiting: entry.waiting,
    failure: entry.failure,
    ...(entry.failure && { redriveMayHelp: isWorthRedriving(entry) }),
    request,
    origin: entry.origin,
    personId: entry.personId,
    results: request && toItems(request).map((item) => ({ ...toWanted(item), ...results[item.index] })),
    attempts: entry.attempts,
    acceptedAt: entry.acceptedAt,
    updatedAt: entry.updatedAt,
    history: entry.history,
    original: entry.original,
  };
}

export type RequestView = ReturnType<typeof toView>;

const toWanted = (item: ReturnType<typeof toItems>[number]) =>
  item.kind === 'license'
    ? { license: item.reference, operation: item.operation }
    : { siteUrl: item.siteUrl, operation: item.operation };
