import type { Caller } from '../../http/caller.ts';
import { type ItemResult, isHeld } from './item-result.ts';
import { type Mover, moveRequest, type RequestRecord } from './record.ts';

/** For how long an approved request may go beyond the limits, where Webex or a seat lets it wait. */
export const APPROVAL_LASTS_MS = 24 * 3_600_000;

/** The decision of an operator about removals that wait for approval. */
export interface OperatorDecision {
  readonly at: Date;
  readonly by: Caller;
  readonly reason: string;
}

export const needsApproval = ({ results }: RequestRecord): boolean => results.some(isHeld);

/** Its removals go beyond the limits for a day. */
export function approveRecord<T extends RequestRecord>(
  record: T,
  mover: Mover,
  decision: OperatorDecision,
): T {
  const { at, by, reason } = decision;
  const until = new Date(at.getTime() + APPROVAL_LASTS_MS);
  return moveRequest(
    record,
    'queued',
    mover,
    { ...toReleased(record), approval: { at, until, by, reason } },
    { detail: `approved: ${reason}`, by },
  );
}

/** It waited with another request, about which was decided. */
export const releaseRecord = <T extends RequestRecord>(record: T, mover: Mover): T =>
  moveRequest(record, 'queued', mover, toReleased(record), { detail: 'what it waited with was decided' });

const REJECTED = 'rejected';

/** Whether an operator rejected its removals: they are not to be asked for again. */
export const isRejected = ({ state, failure }: RequestRecord): boolean =>
  state === 'cancelled' && failure?.condition === REJECTED;

export const rejectRecord = <T extends RequestRecord>(
  record: T,
  mover: Mover,
  { by, reason }: OperatorDecision,
): T =>
  moveRequest(
    record,
    'cancelled',
    mover,
    { results: record.results.map(withoutHold), failure: { condition: REJECTED, detail: reason } },
    { detail: `rejected: ${reason}`, by },
  );

const toReleased = ({ fencingToken, results, mayHaveApplied }: RequestRecord) => ({
  fencingToken: fencingToken + 1,
  mayHaveApplied,
  results: results.map(withoutHold),
});

function withoutHold(result: ItemResult): ItemResult {
  if (!isHeld(result)) return result;
  const { condition: _condition, cause: _cause, heldSince: _since, ...wanted } = result;
  return wanted;
}
