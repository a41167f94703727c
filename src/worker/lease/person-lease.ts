import type { Log } from '../../platform/log.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { logMoves } from '../../requests/record/log-move.ts';
import { isLeased, LEASE_MS, type StoredPerson, withName } from '../../requests/record/person.ts';
import { moveRequest, type StoredRequest, toEffectiveAt } from '../../requests/record/record.ts';
import type { RequestStore } from '../../requests/store.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { Worker } from '../worker.ts';
import { BUSY } from './bind-name.ts';
import { type FoundLease, findLease } from './find-lease.ts';

/** What is stored under the key of a person: the row of the name, and the open requests. */
export interface StoredRequests {
  readonly person: StoredPerson | undefined;
  readonly open: readonly StoredRequest[];
}

/** The lease of a person, held by this instance, and the requests that are performed under it. */
export interface HeldLease {
  readonly kind: 'held';
  /** As they are stored since the lease was acquired. */
  readonly person: StoredPerson;
  readonly records: readonly StoredRequest[];
  readonly found: FoundLease;
  readonly acquiredAt: Date;
  /** The holder before died: a lease that was released is none. */
  readonly isLeaseLost: boolean;
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
  lead: StoredRequest,
  { person, open }: StoredRequests,
  log: Log,
): Promise<Acquired> {
  const { requestStore, clock, instance } = worker;
  const found = await orFailure(findLease(worker, lead, person));
  if (found instanceof WebexFailure) return { kind: 'unknown-person', failure: found };
  const now = clock();
  if (found === BUSY || isLeased(found.lease, now)) return { kind: 'busy' };
  const { lease } = found;
  const alike = open.filter((record) => record !== lead && found.isAlike(record));
  const group = toGroup(lead, alike, requestStore.fits);
  const turn = { instance, until: new Date(now.getTime() + LEASE_MS) };
  const written = await requestStore.commit(
    { ...withName(lease, lead.personKey), holder: turn, updatedAt: now },
    group.map((record) => toWorking(worker, record, lead, found)),
  );
  if (written === VERSION_CONFLICT) {
    log.info('turn-missed', { requestId: lead.requestId });
    return { kind: 'busy' };
  }
  logMoves(group, written.records, log);
  return { kind: 'held', ...written, found, acquiredAt: now, isLeaseLost: lease.holder !== undefined };
}

/** Of one PATCH. */
const MAX_ITEMS = 50;

const countItems = ({ results }: StoredRequest): number => results.length;

/**
 * The requests of a person that are performed together with the one that is due: one call to Webex does for all, and
 * those that contradict each other are known before. The newest come first, as many as go in one commit; a dry run
 * stays alone.
 */
export function toGroup(
  lead: StoredRequest,
  open: readonly StoredRequest[],
  fits: RequestStore['fits'],
): readonly StoredRequest[] {
  if (lead.request?.dryRun) return [lead];
  const eligible = open
    .filter(({ requestId, state, request }) => {
      return requestId !== lead.requestId && state !== 'scheduled' && request && !request.dryRun;
    })
    .sort((a, b) => toEffectiveAt(b).getTime() - toEffectiveAt(a).getTime());
  const group = [lead];
  let items = countItems(lead);
  for (const record of eligible) {
    if (items + countItems(record) > MAX_ITEMS || !fits([...group, record])) continue;
    group.push(record);
    items += countItems(record);
  }
  return group;
}

function toWorking(
  { clock, instance }: Worker,
  record: StoredRequest,
  lead: StoredRequest,
  { isIdGone }: FoundLease,
): StoredRequest {
  const change = {
    attempts: record.attempts + 1,
    mayHaveApplied: isUncertain(record),
    ...(isIdGone && { personId: undefined }),
  };
  const evidence = record === lead ? {} : { detail: `together with ${lead.requestId}` };
  return moveRequest(record, 'working', { at: clock(), instance }, change, evidence);
}

/** A request that is found working had a lease holder that died, perhaps after Webex had applied the change. */
export const isUncertain = ({ mayHaveApplied, state }: StoredRequest): boolean =>
  mayHaveApplied || state === 'working';
