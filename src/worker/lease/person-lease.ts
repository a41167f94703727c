import type { Log } from '../../platform/log.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { logMoves } from '../../requests/record/log-move.ts';
import { isLeased, LEASE_MS, type StoredPerson, withName } from '../../requests/record/person.ts';
import { moveEntry, type StoredEntry, toEffectiveAt } from '../../requests/record/record.ts';
import type { Ledger } from '../../requests/store.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { Worker } from '../worker.ts';
import { BUSY } from './bind-name.ts';
import { type FoundLease, findLease } from './find-lease.ts';

/** What is stored under the key of a person: the row of the name, and the open requests. */
export interface StoredRequests {
  readonly person: StoredPerson | undefined;
  readonly open: readonly StoredEntry[];
}

/** The lease of a person, held by this instance, and the requests that are performed under it. */
export interface HeldLease {
  readonly kind: 'held';
  /** As they are stored since the lease was acquired. */
  readonly person: StoredPerson;
  readonly entries: readonly StoredEntry[];
  readonly found: FoundLease;
  readonly acquiredAt: Date;
  /** The holder before died: a lease that was released is none. */
  readonly isTakenOver: boolean;
}

export type Acquired =
  | HeldLease
  /** Another instance holds the lease. */
  | { readonly kind: 'busy' }
  /** Webex cannot be asked who the person is. */
  | { readonly kind: 'unknown-person'; readonly failure: WebexFailure };

/**
 * Acquires the lease of the person whom a request names, for the request and for the others of that name. It expires
 * by itself, so that another instance can go on where this one dies.
 */
export async function acquirePersonLease(
  worker: Worker,
  lead: StoredEntry,
  { person, open }: StoredRequests,
  log: Log,
): Promise<Acquired> {
  const { ledger, clock, instance } = worker;
  const found = await orFailure(findLease(worker, lead, person));
  if (found instanceof WebexFailure) return { kind: 'unknown-person', failure: found };
  const now = clock();
  if (found === BUSY || isLeased(found.lease, now)) return { kind: 'busy' };
  const { lease } = found;
  const alike = open.filter((entry) => entry !== lead && found.isAlike(entry));
  const group = toGroup(lead, alike, ledger.fits);
  const turn = { instance, until: new Date(now.getTime() + LEASE_MS) };
  const written = await ledger.commit(
    { ...withName(lease, lead.personKey), turn, updatedAt: now },
    group.map((entry) => toWorking(worker, entry, lead, found)),
  );
  if (written === VERSION_CONFLICT) {
    log.info('turn-missed', { requestId: lead.requestId });
    return { kind: 'busy' };
  }
  logMoves(group, written.entries, log);
  return { kind: 'held', ...written, found, acquiredAt: now, isTakenOver: lease.turn !== undefined };
}

/** Of one PATCH. */
const MAX_ITEMS = 50;

const countItems = ({ results }: StoredEntry): number => results.length;

/**
 * The requests of a person that are performed together with the one that is due: one call to Webex does for all, and
 * those that contradict each other are known before. The newest come first, as many as go in one commit; a dry run
 * stays alone.
 */
export function toGroup(
  lead: StoredEntry,
  open: readonly StoredEntry[],
  fits: Ledger['fits'],
): readonly StoredEntry[] {
  if (lead.request?.dryRun) return [lead];
  const eligible = open
    .filter(({ requestId, state, request }) => {
      return requestId !== lead.requestId && state !== 'scheduled' && request && !request.dryRun;
    })
    .sort((a, b) => toEffectiveAt(b).getTime() - toEffectiveAt(a).getTime());
  const group = [lead];
  let items = countItems(lead);
  for (const entry of eligible) {
    if (items + countItems(entry) > MAX_ITEMS || !fits([...group, entry])) continue;
    group.push(entry);
    items += countItems(entry);
  }
  return group;
}

function toWorking(
  { clock, instance }: Worker,
  entry: StoredEntry,
  lead: StoredEntry,
  { isIdGone }: FoundLease,
): StoredEntry {
  const change = {
    attempts: entry.attempts + 1,
    mayHaveApplied: isUncertain(entry),
    ...(isIdGone && { personId: undefined }),
  };
  const evidence = entry === lead ? {} : { detail: `together with ${lead.requestId}` };
  return moveEntry(entry, 'working', { at: clock(), instance }, change, evidence);
}

/** A request that is found working had a lease holder that died, perhaps after Webex had applied the change. */
export const isUncertain = ({ mayHaveApplied, state }: StoredEntry): boolean =>
  mayHaveApplied || state === 'working';
