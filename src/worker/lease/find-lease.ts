import type { LicenseRequest } from '../../requests/license-request.ts';
import {
  isLeased,
  newPerson,
  type Person,
  type StoredPerson,
  toPersonKey,
} from '../../requests/record/person.ts';
import type { RequestRecord, StoredRequest } from '../../requests/record/record.ts';
import type { WebexPeople } from '../../webex/client.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { Person as WebexPerson } from '../../webex/user-licenses.ts';
import { toCanonicalId, toWebexId } from '../../webex/webex-id.ts';
import type { OwnOrg } from '../plan/known-catalogue.ts';
import { type BindDeps, BUSY, bindName, type Name } from './bind-name.ts';

export interface FindLeaseDeps extends BindDeps {
  readonly webex: { readonly people: WebexPeople };
  readonly ownOrg: OwnOrg;
}

/** The lease under which a request is performed. */
export interface FoundLease {
  readonly lease: Person | StoredPerson;
  /** Whom the name means; undefined where Webex does not list the address. */
  readonly personId: string | undefined;
  readonly name: Pick<Name, 'key' | 'named'>;
  /** Whether another request names the same person in the same way, so that one call to Webex does for both. */
  readonly isAlike: (other: RequestRecord) => boolean;
  /** The id that Webex gave for the request before is nobody's now. */
  readonly isIdGone: boolean;
  /**
   * The person as Webex has just listed them, with what they hold. Only where the row of the lease was read before Webex
   * was asked: a worker that changes the person meanwhile writes that row, and then this lease is not acquired.
   */
  readonly listed?: WebexPerson;
}

type KnownLease = Pick<FoundLease, 'lease' | 'personId' | 'listed'>;

const LOOK_UP_MS = 30_000;
/** How long a name is taken to mean the same person; an answer of Webex that says otherwise ends it before. */
const MEANS_FOR_MS = 4 * 3_600_000;

/**
 * Finds the lease of the person for whom a request is. Webex is asked for a name that is new, or was not looked up for
 * some hours. An address that Webex does not list has a lease of its own: the person may be outside the organization, or
 * appear later.
 * @param row that of the key under which the request lies; undefined where there is none
 * @throws {WebexFailure} where Webex cannot be asked
 */
export async function findLease(
  deps: FindLeaseDeps,
  record: StoredRequest,
  row: StoredPerson | undefined,
): Promise<FoundLease | typeof BUSY> {
  const { request, personId: learntId } = record;
  const { person, orgId } = request ?? { person: {} };
  const own = await deps.ownOrg(orgId);
  const toName = async (named: Name['named']): Promise<Name> => {
    const key = toPersonKey(named, own);
    return { named, key, row: key === record.personKey ? row : await deps.requestStore.readName(key) };
  };
  const name = await toName({ person: toOnlyName(person), orgId });
  const known = await readKnown(deps, name);
  const byId = person.personId !== undefined;
  if (!byId && learntId !== undefined && learntId !== known?.personId) {
    // The id was given for this request; the address may mean another person since.
    const idName = await toName({ person: { personId: learntId }, orgId });
    const found = (await readKnown(deps, idName)) ?? (await lookUp(deps, idName, own, false));
    if (found === BUSY) return BUSY;
    if (found) return toFound(found, [learntId], false);
  }
  const found = known ?? (await lookUp(deps, name, own, byId)) ?? (await readUnlisted(deps, name));
  if (found === BUSY) return BUSY;
  const isIdGone = !byId && learntId !== undefined && learntId !== found.personId;
  return toFound(found, [undefined, found.personId, ...(isIdGone ? [learntId] : [])], isIdGone);

  function toFound(
    { lease, personId, listed }: KnownLease,
    alikeIds: readonly (string | undefined)[],
    isIdGone: boolean,
  ): FoundLease {
    const isAlike = (other: RequestRecord) =>
      other.request !== undefined &&
      toPersonKey(other.request, own) === name.key &&
      (byId || alikeIds.includes(other.personId));
    return { lease, personId, name, isAlike, isIdGone, ...(listed && { listed }) };
  }
}

/** Of an address and an id the id counts, as it does for Webex. */
const toOnlyName = ({ email, personId }: LicenseRequest['person']): LicenseRequest['person'] =>
  personId === undefined ? { email } : { personId: toWebexId('PEOPLE', personId) };

/** Where the name was looked up lately, and leads to the lease of the person that it means. */
async function readKnown(deps: FindLeaseDeps, { row }: Name): Promise<KnownLease | undefined> {
  if (row?.personId === undefined || row.checkedAt === undefined) return undefined;
  if (deps.clock().getTime() - row.checkedAt.getTime() >= MEANS_FOR_MS) return undefined;
  const lease = await readLeaseOf(deps, row);
  const { personId, checkedAt } = row;
  const isOfAnother = lease.owner !== undefined && lease.owner !== personId;
  if (isOfAnother || isOvertaken(lease, checkedAt)) return undefined;
  return { lease: { ...lease, owner: personId }, personId };
}

/**
 * The row of a lease is that of a name, too. Where that name was found to mean another person after this one was looked
 * up, the person may have been deleted and created again: then this name means the new one, too.
 */
const isOvertaken = ({ sameAs, checkedAt }: Person, since: Date): boolean =>
  sameAs !== undefined && checkedAt !== undefined && checkedAt >= since;

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

/** @param isCallers an id that the caller gave is the person's, listed or not */
async function lookUp(
  deps: FindLeaseDeps,
  name: Name,
  ownOrg: string | undefined,
  isCallers: boolean,
): Promise<KnownLease | typeof BUSY | undefined> {
  const { person, orgId } = name.named;
  const listed = await findListed(deps, name.named);
  const id = listed?.id ?? (isCallers ? person.personId : undefined);
  if (id === undefined) return undefined;
  const personId = toCanonicalId('PEOPLE', id);
  const emails = (listed?.emails ?? []).map((email) => email.toLowerCase());
  const identity = { personId, emails, isListed: listed !== undefined, orgId: listed?.orgId ?? orgId };
  const lease = await bindName(deps, name, { ...identity, ownOrg });
  if (lease === BUSY) return BUSY;
  const isTold = listed?.licenses !== undefined && lease.personKey === name.key;
  return { lease, personId, ...(isTold && { listed }) };
}

/** What Webex refuses to look up may be known to it all the same: the change decides. */
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

/**
 * Notes what the answer to a change says about a name. Where that is lost, the next request by this name is told the
 * same.
 * @param answered the id in the answer; `undefined` where Webex does not know the name
 */
export async function learnName(
  deps: FindLeaseDeps,
  { name, personId: meant }: FoundLease,
  answered: string | undefined,
): Promise<void> {
  const { requestStore, clock, ownOrg } = deps;
  const row = await requestStore.readName(name.key);
  if (isLeased(row, clock())) return;
  if (answered === undefined) {
    if (meant !== undefined && row?.checkedAt !== undefined)
      await requestStore.commit({ ...row, checkedAt: undefined }, []);
    return;
  }
  const { person, orgId } = name.named;
  if (person.email === undefined) return;
  const personId = toCanonicalId('PEOPLE', answered);
  const identity = { personId, emails: [person.email], isListed: true, orgId, ownOrg: await ownOrg(orgId) };
  const lease = await bindName(deps, { ...name, row }, identity);
  if (lease !== BUSY) await requestStore.commit(lease, []);
}
