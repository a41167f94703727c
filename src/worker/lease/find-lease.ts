import type { Identify } from '../../people/identify.ts';
import type { LicenseRequest } from '../../requests/license-request.ts';
import { newPerson, type Person, type StoredPerson, toPersonKey } from '../../requests/record/person.ts';
import type { RequestRecord, StoredRequest } from '../../requests/record/record.ts';
import type { WebexPeople } from '../../webex/client.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { Person as WebexPerson } from '../../webex/user-licenses.ts';
import { toCanonicalId, toUuid, toWebexId } from '../../webex/webex-id.ts';
import type { OwnOrg } from '../plan/known-catalogue.ts';
import { type BindDeps, BUSY, bindName, type Name, OUTDATED } from './bind-name.ts';

export interface FindLeaseDeps extends BindDeps {
  readonly webex: { readonly people: Pick<WebexPeople, 'find'> };
  readonly ownOrg: OwnOrg;
  /** Finds a person of the token's own organization in the people snapshot. */
  readonly identify: Identify;
}

/** The lease under which a request is performed. */
export interface FoundLease {
  readonly lease: Person | StoredPerson;
  /** Of the person whom the name means; undefined where Webex does not list the address. */
  readonly personId: string | undefined;
  /** Whether only a people snapshot says so: it counts for the lease, and not as an answer of Webex. */
  readonly isFromSnapshot?: boolean;
  readonly name: Pick<Name, 'key' | 'named'>;
  /** Whether another request names the same person in the same way, so that one call to Webex does for both. */
  readonly isAlike: (other: RequestRecord) => boolean;
  /** The id that Webex gave for the request before means no person now. */
  readonly isIdGone: boolean;
  /**
   * The person with the licenses, as Webex has just listed them. Only where the row of the lease was read before the call
   * to Webex: a worker that changes the person meanwhile writes that row, and then this lease is not acquired.
   */
  readonly listed?: WebexPerson;
}

type KnownLease = Pick<FoundLease, 'lease' | 'personId' | 'isFromSnapshot' | 'listed'>;

const LOOK_UP_MS = 30_000;
/** How long a look-up of a name counts; an answer of Webex that contradicts it ends it before. */
const LOOK_UP_LASTS_MS = 4 * 3_600_000;
/** How long a people snapshot counts: until the one of the next day is there, also where it comes some hours late. */
const SNAPSHOT_LASTS_MS = 30 * 3_600_000;

/**
 * Finds the lease of the person whom a request names. A name that is new, or was looked up hours ago, is looked for in the
 * people snapshot. Where the snapshot lacks it, or Webex has answered otherwise since, it is looked up at Webex. An address
 * that Webex does not list has a lease of its own: the person may be outside the organization, or appear later.
 * @param row of the key under which the request is stored; undefined where there is none
 * @throws {WebexFailure} where Webex cannot be called
 */
export async function findLease(
  deps: FindLeaseDeps,
  record: StoredRequest,
  row: StoredPerson | undefined,
): Promise<FoundLease | typeof BUSY> {
  const { request, personId: learntId } = record;
  const { person, orgId } = request ?? { person: {} };
  const ownOrg = await deps.ownOrg(orgId);
  const readName = async (named: Name['named']): Promise<Name> => {
    const key = toPersonKey(named, ownOrg);
    return { named, key, row: key === record.personKey ? row : await deps.requestStore.readName(key) };
  };
  const name = await readName({ person: toUsedName(person), orgId });
  const recent = await readRecent(deps, name);
  const isById = person.personId !== undefined;
  const isLearntId = !isById && learntId !== undefined && learntId !== recent?.personId;
  if (isLearntId) {
    // Webex gave this id for the request before; the address may mean another person since.
    const idName = await readName({ person: { personId: learntId }, orgId });
    const found = (await readRecent(deps, idName)) ?? (await lookUp(deps, idName, ownOrg, false));
    if (found === BUSY) return BUSY;
    if (found) return toFound(found, [learntId], false);
  }
  const found =
    recent ??
    (await bindBySnapshot(deps, name, ownOrg)) ??
    (await lookUp(deps, name, ownOrg, isById)) ??
    (await readUnlisted(deps, name));
  if (found === BUSY) return BUSY;
  const isIdGone = isLearntId && learntId !== found.personId;
  return toFound(found, [undefined, found.personId, ...(isIdGone ? [learntId] : [])], isIdGone);

  function toFound(known: KnownLease, ids: readonly (string | undefined)[], isIdGone: boolean): FoundLease {
    const isAlike = (other: RequestRecord) =>
      other.request !== undefined &&
      toPersonKey(other.request, ownOrg) === name.key &&
      (isById || ids.includes(other.personId));
    return { ...known, name, isAlike, isIdGone };
  }
}

/** Where a request has an address and an id, the id is used, as Webex does. */
const toUsedName = ({ email, personId }: LicenseRequest['person']): LicenseRequest['person'] =>
  personId === undefined ? { email } : { personId: toWebexId('PEOPLE', personId) };

/** The lease of a name with a recent look-up that still holds. */
async function readRecent(deps: FindLeaseDeps, { row }: Name): Promise<KnownLease | undefined> {
  if (row?.personId === undefined || row.checkedAt === undefined) return undefined;
  const { personId, checkedAt } = row;
  const isFromSnapshot = row.snapshotAt?.getTime() === checkedAt.getTime();
  const lastsMs = isFromSnapshot ? SNAPSHOT_LASTS_MS : LOOK_UP_LASTS_MS;
  if (deps.clock().getTime() - checkedAt.getTime() >= lastsMs) return undefined;
  const lease = await readLeaseOf(deps, row);
  const isOfAnother = lease.owner !== undefined && lease.owner !== personId;
  // The row of a lease is also that of a name. If a later look-up found another person by that name, the person may have
  // been deleted and created again: then this name means the new person, too.
  const isOutdated =
    lease.sameAs !== undefined && lease.checkedAt !== undefined && lease.checkedAt >= checkedAt;
  if (isOfAnother || isOutdated) return undefined;
  return { lease: { ...lease, owner: personId }, personId, isFromSnapshot };
}

const readLeaseOf = async (
  { requestStore, clock }: FindLeaseDeps,
  row: StoredPerson,
): Promise<Person | StoredPerson> =>
  row.sameAs === undefined
    ? row
    : ((await requestStore.readName(row.sameAs)) ?? newPerson(row.sameAs, clock()));

async function readUnlisted(deps: FindLeaseDeps, { key, row }: Name): Promise<KnownLease> {
  const lease = row ? await readLeaseOf(deps, row) : newPerson(key, deps.clock());
  return { lease, personId: undefined };
}

/** Binds a name of the token's own organization as the people snapshot has it; undefined where that does not tell. */
async function bindBySnapshot(
  deps: FindLeaseDeps,
  name: Name,
  ownOrg: string | undefined,
): Promise<KnownLease | typeof BUSY | undefined> {
  const { email, personId: givenId } = name.named.person;
  const { orgId } = name.named;
  const isOwn = orgId === undefined || toUuid('ORGANIZATION', orgId) === ownOrg;
  const text = givenId ?? email;
  if (!isOwn || text === undefined) return undefined;
  const found = await deps.identify(text);
  if (!found || deps.clock().getTime() - found.readAt.getTime() >= SNAPSHOT_LASTS_MS) return undefined;
  const personId = toCanonicalId('PEOPLE', found.personId);
  const emails = found.emails.map((one) => one.toLowerCase());
  const identity = { personId, emails, isListed: true, snapshotAt: found.readAt, orgId: undefined, ownOrg };
  const lease = await bindName(deps, name, identity);
  if (lease === OUTDATED) return undefined;
  return lease === BUSY ? BUSY : { lease, personId, isFromSnapshot: true };
}

/** @param isCallersId an id from the caller is the person's, listed or not */
async function lookUp(
  deps: FindLeaseDeps,
  name: Name,
  ownOrg: string | undefined,
  isCallersId: boolean,
): Promise<KnownLease | typeof BUSY | undefined> {
  const { person, orgId } = name.named;
  const listed = await findListed(deps, name.named);
  const id = listed?.id ?? (isCallersId ? person.personId : undefined);
  if (id === undefined) return undefined;
  const personId = toCanonicalId('PEOPLE', id);
  const emails = (listed?.emails ?? []).map((email) => email.toLowerCase());
  const identity = { personId, emails, isListed: listed !== undefined, orgId: listed?.orgId ?? orgId };
  const lease = await bindName(deps, name, { ...identity, ownOrg });
  if (lease === BUSY || lease === OUTDATED) return BUSY;
  const isReadBefore = listed?.licenses !== undefined && lease.personKey === name.key;
  return { lease, personId, ...(isReadBefore && { listed }) };
}

/** Where Webex refuses a look-up, it may still know the person: the answer to the change decides. */
async function findListed(
  { webex, clock }: FindLeaseDeps,
  { person, orgId }: Name['named'],
): Promise<WebexPerson | undefined> {
  const deadline = new Date(clock().getTime() + LOOK_UP_MS);
  const found = await orFailure(webex.people.find(person, { orgId, deadline }));
  if (!(found instanceof WebexFailure)) return found;
  if (found.isRefusal || found.condition === 'person-not-found') return undefined;
  throw found;
}
