import { toSeatSince } from '../../requests/record/due.ts';
import type { StoredRequest } from '../../requests/record/record.ts';
import type { State } from '../../requests/record/states.ts';
import type { RequestFilter, RequestStore } from '../../requests/store.ts';
import { parseOrgId } from '../../webex/license-id.ts';
import type { Run } from '../publish/documents.ts';

/** A request that waits for seats: no person, only its id. */
export interface SeatWait {
  readonly requestId: string;
  readonly licenseIds: readonly string[];
  readonly since: Date;
}

/** What the ledger says to the report. */
export interface RequestFacts {
  readonly waiting: readonly SeatWait[];
  /** Requests that moved in the day before the run, by the state they are in. */
  readonly byState: ReadonlyMap<State, number>;
  /** Whether there are more than were counted. */
  readonly isCutOff: boolean;
}

const DAY_MS = 86_400_000;
const PAGE = 200;
/** A report is for people: it does not read on for ever. */
const MAX_PAGES = 250;
const MAX_WAITING = 5_000;

/** Reads what the report says of license requests: who waits for seats, and what became of those of the last day. */
export function createReadRequestFacts(requestStore: Pick<RequestStore, 'list'>) {
  return async ({ orgId, readStartedAt }: Pick<Run, 'orgId' | 'readStartedAt'>): Promise<RequestFacts> => {
    const waiting: SeatWait[] = [];
    const byState = new Map<State, number>();
    const isOurs = ({ request }: StoredRequest) =>
      request?.orgId === undefined || (parseOrgId(request.orgId) ?? request.orgId) === orgId;

    const since = new Date(readStartedAt.getTime() - DAY_MS);
    // One look through the ledger for both: it has all requests of the last months.
    let isFull = false;
    const isCutOff = await each({ waitingOrMovedSince: since }, (record) => {
      if (!isOurs(record)) return;
      const { requestId, state, updatedAt, waiting: reason } = record;
      if (updatedAt >= since) byState.set(state, (byState.get(state) ?? 0) + 1);
      if (reason?.for !== 'no-seats') return;
      if (waiting.length >= MAX_WAITING) isFull = true;
      else waiting.push({ requestId, licenseIds: reason.licenseIds ?? [], since: toSeatSince(record) });
    });
    return { waiting, byState, isCutOff: isCutOff || isFull };
  };

  /** @returns whether there are more than were looked at */
  async function each(filter: RequestFilter, look: (record: StoredRequest) => void): Promise<boolean> {
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const found = await requestStore.list(filter, PAGE, next);
      for (const record of found.records) look(record);
      next = found.next;
      if (next === undefined) return false;
    }
    return true;
  }
}

export type ReadRequestFacts = ReturnType<typeof createReadRequestFacts>;
