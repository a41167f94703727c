import type { Log } from '../../platform/log.ts';
import { type CancelDeps, cancelRecord } from '../cancel.ts';
import { isRepair } from '../record/drift-repair.ts';
import type { StoredRequest } from '../record/record.ts';
import { isOpen } from '../record/states.ts';
import type { UndoInput, UndoLine } from './undo.ts';
import { toOpenLine } from './undo-lines.ts';

/** The detail in the history of a request that an undo cancelled. */
export const toCancelDetail = (batch: string): string => `cancelled by ${batch}`;

/** Whether an undo has cancelled a request. */
export const isStoppedBy = ({ state, history }: StoredRequest, batch: string): boolean =>
  state === 'cancelled' && history.at(-1)?.detail === toCancelDetail(batch);

/**
 * Cancels an undone request that is open. One of the policy would be asked for again, and one that is being performed cannot
 * be cancelled: these are told.
 * @returns the request as it is then, and what became of it; no line where it has ended
 */
export async function stopOpen(
  deps: CancelDeps,
  record: StoredRequest,
  { batch, input }: { readonly batch: string; readonly input: Pick<UndoInput, 'dryRun' | 'by'> },
  log: Log,
): Promise<{ readonly record: StoredRequest; readonly lines: readonly UndoLine[] }> {
  if (isStoppedBy(record, batch)) return { record, lines: [toOpenLine(record, 'cancelled')] };
  if (!isOpen(record.state)) return { record, lines: [] };
  if (record.origin?.channel === 'hr' && !isRepair(record))
    return { record, lines: [toOpenLine(record, 'open', 'by-policy')] };
  const performed = { record, lines: [toOpenLine(record, 'open', 'being-performed')] };
  if (record.state === 'working') return performed;
  if (input.dryRun) return { record, lines: [toOpenLine(record, 'cancelled')] };
  const evidence = { detail: toCancelDetail(batch), by: input.by };
  const stopped = await cancelRecord(deps, record.requestId, evidence, log);
  return 'record' in stopped
    ? { record: stopped.record, lines: [toOpenLine(stopped.record, 'cancelled')] }
    : performed;
}
