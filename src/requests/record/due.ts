import type { RequestRecord } from './record.ts';
import { isOpen } from './states.ts';
import { isRowOnly } from './wait-reasons.ts';

/** How long a request may stay in each open state until it is overdue. */
const OVERDUE_AFTER_MS = {
  /** Its message was not sent, or is behind many others: a second message does no harm. */
  accepted: 2 * 60_000,
  /** A host that crashed or lost storage hides its message for ten minutes. */
  queued: 15 * 60_000,
  /** The worker crashed: `ATTEMPT_DEADLINE_MS` is shorter. */
  working: 60_000,
  /** Its delayed message is late, or was not sent. */
  waiting: 2 * 60_000,
} as const;

/** An attempt ends within this time of its start: the sweep takes a longer one for crashed. */
export const ATTEMPT_DEADLINE_MS = 45_000;

/** When the sweep must check a request; undefined for a final one. */
export function toDueAt(record: RequestRecord): Date | undefined {
  if (!isOpen(record.state)) return undefined;
  if (record.state === 'scheduled') return toEffectiveAt(record);
  const { waiting, updatedAt } = record;
  if (waiting && isRowOnly(waiting.until, updatedAt)) return waiting.until;
  const from = waiting?.until ?? updatedAt;
  return new Date(from.getTime() + OVERDUE_AFTER_MS[record.state]);
}

/** When a request takes effect: of two requests for one license, the later one wins. */
export const toEffectiveAt = ({
  request,
  acceptedAt,
}: Pick<RequestRecord, 'request' | 'acceptedAt'>): Date =>
  request?.effectiveAt === undefined ? acceptedAt : new Date(request.effectiveAt);

/** The place of a request in the line for a seat: by its acceptance, or by that of its HR event. */
export const toSeatSince = ({ askedAt, acceptedAt }: Pick<RequestRecord, 'askedAt' | 'acceptedAt'>): Date =>
  askedAt ?? acceptedAt;
