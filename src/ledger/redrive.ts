import { type LedgerEntry, type Mover, moveEntry } from './entry.ts';
import type { Origin } from './origin.ts';
import { isLegal } from './states.ts';

/** Whether somebody may have it tried again: a message that could not be read must be sent anew. */
export const isRedrivable = ({ state, request }: LedgerEntry): boolean =>
  request !== undefined && (state === 'failed' || state === 'partial') && isLegal(state, 'queued');

/** A dead letter as it is tried again: what failed is wanted once more, and it has its whole time again. */
export function redriveEntry<T extends LedgerEntry>(entry: T, mover: Mover, by: Origin): T {
  return moveEntry(
    entry,
    'queued',
    mover,
    {
      delivery: entry.delivery + 1,
      attempts: 0,
      personLooks: 0,
      waitedMs: {},
      redrivenAt: mover.at,
      redrivenBy: by,
      results: entry.results.map((result) => (result.result === 'failed' ? { result: 'wanted' } : result)),
    },
    { detail: 'redriven by a person', by },
  );
}
