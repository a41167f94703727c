import { type StoredEntry, toEffectiveAt, toMostWaking } from '../ledger/entry.ts';

/** Bounds of what is performed together: one PATCH, and one transaction of the ledger, with the row of the person. */
const MAX_ITEMS = 50;
const MAX_ROWS = 96;

const countItems = ({ results }: StoredEntry) => results.length;
/** The request, when it is due before and after, and the seats that it may wait for. */
const countRows = (entry: StoredEntry) => 3 + toMostWaking(entry);

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
  let rows = countRows(lead);
  for (const other of others) {
    if (items + countItems(other) > MAX_ITEMS || rows + countRows(other) > MAX_ROWS) continue;
    group.push(other);
    items += countItems(other);
    rows += countRows(other);
  }
  return group;
}
