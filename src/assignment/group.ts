import { type StoredEntry, toEffectiveAt } from '../ledger/entry.ts';

/** Bounds of what is performed together: one PATCH, and one transaction of the ledger. */
const MAX_REQUESTS = 24;
const MAX_ITEMS = 50;

const countItems = ({ results }: StoredEntry) => results.length;

/**
 * The requests of a person that are performed together with the one that is due: one call to Webex does for all, and
 * those that contradict each other are known before. The newest are taken first; a dry run stays alone.
 */
export function toGroup(lead: StoredEntry, open: readonly StoredEntry[]): readonly StoredEntry[] {
  if (lead.request?.dryRun) return [lead];
  const others = open
    .filter(({ requestId, state, request }) => {
      return requestId !== lead.requestId && state !== 'scheduled' && request && !request.dryRun;
    })
    .sort((a, b) => toEffectiveAt(b).getTime() - toEffectiveAt(a).getTime());
  const group = [lead];
  let items = countItems(lead);
  for (const other of others) {
    if (group.length >= MAX_REQUESTS || items + countItems(other) > MAX_ITEMS) continue;
    group.push(other);
    items += countItems(other);
  }
  return group;
}
