import type { Clock } from '../../platform/clock.ts';
import { toSeatSince } from '../../requests/record/due.ts';
import type { StoredRequest } from '../../requests/record/record.ts';
import type { State } from '../../requests/record/states.ts';
import type { RequestStore } from '../../requests/store.ts';
import { isPool, type License } from '../../webex/license.ts';
import { parseOrgId } from '../../webex/license-id.ts';
import type { Run } from '../publish/documents.ts';

/** A request that waits for seats: no person, only its id. */
export interface SeatWait {
  readonly requestId: string;
  readonly licenseIds: readonly string[];
  readonly since: Date;
}

/** What the request store says to the report. */
export interface RequestFacts {
  readonly waiting: readonly SeatWait[];
  /** Requests that moved in the day before the run, by the state they are in. */
  readonly byState: ReadonlyMap<State, number>;
  /** Whether there are more than were counted. */
  readonly isCutOff: boolean;
}

interface Deps {
  readonly requestStore: Pick<RequestStore, 'list' | 'waitingForSeats'>;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
const PAGE = 200;
/**
 * The store has requests of months and no index by time. After this, the report shows the count so far and says that
 * there are more.
 */
const COUNT_FOR_MS = 20_000;
/** Of one license. */
const MAX_WAITING = 500;

/** Reads what the report says of license requests: who waits for seats, and what became of those of the last day. */
export function createReadRequestFacts({ requestStore, clock }: Deps) {
  return async function readRequestFacts(
    { orgId, readStartedAt }: Pick<Run, 'orgId' | 'readStartedAt'>,
    licenses: readonly License[],
  ): Promise<RequestFacts> {
    const waiting = new Map<string, SeatWait>();
    let isCutOff = false;
    for (const { id } of licenses.filter(isPool)) {
      const found = await requestStore.waitingForSeats(id, MAX_WAITING);
      if (found.length >= MAX_WAITING) isCutOff = true;
      for (const record of found)
        if (record.waiting?.for === 'no-seats') waiting.set(record.requestId, toSeatWait(record));
    }

    const byState = new Map<State, number>();
    const since = new Date(readStartedAt.getTime() - DAY_MS);
    const until = clock().getTime() + COUNT_FOR_MS;
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page = await requestStore.list({ waitingOrMovedSince: since }, PAGE, next || undefined);
      for (const record of page.records) {
        if (record.updatedAt < since || !isOf(record, orgId)) continue;
        byState.set(record.state, (byState.get(record.state) ?? 0) + 1);
      }
      next = page.next;
      if (clock().getTime() < until) continue;
      isCutOff ||= next !== undefined;
      break;
    }
    return { waiting: [...waiting.values()], byState, isCutOff };
  };
}

const toSeatWait = (record: StoredRequest): SeatWait => ({
  requestId: record.requestId,
  licenseIds: record.waiting?.licenseIds ?? [],
  since: toSeatSince(record),
});

const isOf = ({ request }: StoredRequest, orgId: string): boolean =>
  request?.orgId === undefined || (parseOrgId(request.orgId) ?? request.orgId) === orgId;

export type ReadRequestFacts = ReturnType<typeof createReadRequestFacts>;
