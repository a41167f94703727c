import type { Log } from '../../platform/log.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { toEffectiveAt } from '../../requests/record/due.ts';
import { logMoves } from '../../requests/record/log-move.ts';
import { isLeased, LEASE_MS, type StoredPerson, withName } from '../../requests/record/person.ts';
import { moveRequest, type StoredRequest } from '../../requests/record/record.ts';
import type { RequestStore } from '../../requests/store.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { Worker } from '../worker.ts';
import { BUSY } from './bind-name.ts';
import { type FoundLease, findLease } from './find-lease.ts';

/** The rows under a person key: the name, and its open requests. */
export interface StoredRequests {
  readonly person: StoredPerson | undefined;
  readonly open: readonly StoredRequest[];
}

/** The lease of a person, held by this instance, and the requests that are performed under it. */
export interface HeldLease {
  readonly kind: 'held';
  /** As stored with the lease. */
  readonly person: StoredPerson;
  readonly records: readonly StoredRequest[];
  readonly found: FoundLease;
  readonly acquiredAt: Date;
  /** The last holder crashed, or the lease would have been released. */
  readonly isLeaseLost: boolean;
}

type Acquired =
  | HeldLease
  /** Another instance holds the lease. */
  | { readonly kind: 'busy' }
  /** The person cannot be looked up at Webex. */
  | { readonly kind: 'unknown-person'; readonly failure: WebexFailure };

/**
 * Acquires the lease of the person whom a request names, for the request and the other open requests of that name. The
 * lease expires, so that another instance can continue after a crash.
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
  const holder = { instance, until: new Date(now.getTime() + LEASE_MS) };
  const written = await requestStore.commit(
    { ...withName(lease, lead.personKey), holder, updatedAt: now },
    group.map((record) => toWorking(worker, record, lead, found)),
  );
  if (written === VERSION_CONFLICT) {
    log.info('lease-conflict', { requestId: lead.requestId });
    return { kind: 'busy' };
  }
  logMoves(group, written.records, log);
  return { kind: 'held', ...written, found, acquiredAt: now, isLeaseLost: lease.holder !== undefined };
}

/** In one PATCH. */
const MAX_ITEMS = 50;

/**
 * The requests of a person that are performed together with the due one: one call to Webex is enough, and conflicts
 * between them are resolved before it. The newest come first, as many as fit in one commit. A dry run is performed alone.
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
  let items = lead.results.length;
  for (const record of eligible) {
    const { length } = record.results;
    if (items + length > MAX_ITEMS || !fits([...group, record])) continue;
    group.push(record);
    items += length;
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

/** The last lease holder of a request in the state `working` crashed, perhaps after Webex had applied the change. */
export const isUncertain = ({ mayHaveApplied, state }: StoredRequest): boolean =>
  mayHaveApplied || state === 'working';
