import type { Clock } from '../platform/clock.ts';
import { asksNextFree } from '../requests/license-request.ts';
import { toItems } from '../requests/record/items.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import { isOpen } from '../requests/record/states.ts';
import type { FindFree } from './find-free.ts';
import type { NumberReservations } from './ports.ts';
import { type StoredNumberReservation, toCheckedLater, toGiven, toRefused } from './reservation.ts';

export interface SettleDeps {
  readonly reservations: NumberReservations;
  readonly findFree: Pick<FindFree, 'noteFreed'>;
  readonly clock: Clock;
}

/** What becomes of a reservation, by the request that it is for. */
type Verdict = 'keep' | 'given' | 'may-be-given' | 'unused';

/** Decides about a reservation. @param record undefined where there is no such request any more */
export function decideReservation(
  { kind, item, number }: Pick<StoredNumberReservation, 'kind' | 'item' | 'number'>,
  record: RequestRecord | undefined,
): Verdict {
  const result = record?.results[item];
  if (record === undefined || result === undefined) return 'unused';
  if (result.result === 'assigned' || result.result === 'pending')
    return result.properties?.[kind] === number ? 'given' : 'unused';
  if (isOpen(record.state)) return result.result === 'wanted' ? 'keep' : 'unused';
  // The last change has no answer: Webex may have given the number.
  return record.mayHaveApplied ? 'may-be-given' : 'unused';
}

/** Does what was decided about a reservation. A version conflict leaves it to the next sweep. */
export async function settleReservation(
  { reservations, findFree, clock }: SettleDeps,
  reservation: StoredNumberReservation,
  record: RequestRecord | undefined,
): Promise<void> {
  switch (decideReservation(reservation, record)) {
    case 'keep':
      await reservations.write(toCheckedLater(reservation, clock()));
      return;
    case 'given':
      await reservations.write(toGiven(reservation, record?.personId, clock()));
      return;
    case 'may-be-given':
      await reservations.write(toRefused(reservation, clock()));
      return;
    case 'unused':
      await reservations.remove(reservation);
      findFree.noteFreed({ orgId: undefined, range: undefined, ...reservation }, reservation.number);
  }
}

/** Whether a request asks for the next free extension or number. */
export const mayReserve = ({ request }: RequestRecord): boolean =>
  request !== undefined &&
  toItems(request).some(
    (item) => item.kind === 'license' && item.operation === 'add' && asksNextFree(item.properties),
  );
