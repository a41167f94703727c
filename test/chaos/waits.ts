import type { StoredRequest } from '../../src/requests/record/record.ts';
import { HORIZON_MS, LONGEST_LOOK_MS } from './cluster.ts';
import { type FindOwner, isSecondOrg } from './spelling.ts';
import type { Human } from './workload.ts';

/** A request in one line of a report. */
export const toText = ({ requestId, state, failure }: StoredRequest): string =>
  [requestId, state, failure?.condition].filter(Boolean).join(' ');

/** Whether a request failed, wholly or in part. */
export const isFailed = ({ state }: StoredRequest): boolean => state === 'failed' || state === 'partial';

/** For those who are never there, the wait for them lasts as long as the horizon, to one look. */
export function findEarly(
  records: readonly StoredRequest[],
  people: readonly Human[],
  findOwner: FindOwner,
): readonly string[] {
  const never = new Set(people.flatMap(({ fate, email }) => (fate === 'never there' ? [email] : [])));
  const isEarly = (record: StoredRequest) =>
    isFailed(record) &&
    never.has((record.request && findOwner(record.request.person)) ?? '') &&
    record.updatedAt.getTime() - record.acceptedAt.getTime() < HORIZON_MS - LONGEST_LOOK_MS;
  return records.filter(isEarly).map(toText);
}

/** How the history says that a worker did not try a request, since Webex had answered 403 for another one. */
const HELD = 'permission-missing: not sent';

/** Webex answers 403 for the second organization, and for a few people of the own one, never several in a row. */
export const findHeldUp = (records: readonly StoredRequest[]): readonly string[] =>
  records
    .filter(({ request, history }) => {
      return history.some(({ detail }) => detail === HELD) && !isSecondOrg(request?.orgId);
    })
    .map(toText);

/** How many requests have succeeded that had waited for longer than the horizon. */
export const countOutlived = (records: readonly StoredRequest[]): number =>
  records.filter(
    ({ state, acceptedAt, updatedAt }) =>
      state === 'succeeded' && updatedAt.getTime() - acceptedAt.getTime() > HORIZON_MS,
  ).length;
