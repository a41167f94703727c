import type { StoredEntry } from '../ledger/entry.ts';
import { toEffectiveAt } from '../ledger/entry.ts';
import type { EntryFilter, Ledger } from '../ledger/ledger.ts';
import type { State } from '../ledger/states.ts';
import { parseOrgId } from '../webex/license-id.ts';
import type { Run } from './documents.ts';

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
export function createReadRequestFacts(ledger: Pick<Ledger, 'list'>) {
  return async ({ orgId, readStartedAt }: Pick<Run, 'orgId' | 'readStartedAt'>): Promise<RequestFacts> => {
    const waiting: SeatWait[] = [];
    const byState = new Map<State, number>();
    const isOurs = ({ request }: StoredEntry) =>
      request?.orgId === undefined || (parseOrgId(request.orgId) ?? request.orgId) === orgId;

    const isWaitingCutOff = await each({ state: 'waiting' }, (entry) => {
      const { requestId, waiting: reason } = entry;
      if (reason?.for !== 'no-seats' || !isOurs(entry)) return true;
      waiting.push({ requestId, licenseIds: reason.licenseIds ?? [], since: toEffectiveAt(entry) });
      return waiting.length < MAX_WAITING;
    });
    const updatedSince = new Date(readStartedAt.getTime() - DAY_MS);
    const isDayCutOff = await each({ updatedSince }, (entry) => {
      if (isOurs(entry)) byState.set(entry.state, (byState.get(entry.state) ?? 0) + 1);
      return true;
    });
    return { waiting, byState, isCutOff: isWaitingCutOff || isDayCutOff };
  };

  /** @returns whether there are more than were looked at */
  async function each(filter: EntryFilter, look: (entry: StoredEntry) => boolean): Promise<boolean> {
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const found = await ledger.list(filter, PAGE, next);
      for (const entry of found.entries) if (!look(entry)) return true;
      next = found.next;
      if (next === undefined) return false;
    }
    return true;
  }
}

export type ReadRequestFacts = ReturnType<typeof createReadRequestFacts>;
