import type { LicenseRequest } from '../contract/license-request.ts';
import { toCanonicalId, toWebexId } from '../contract/webex-id.ts';
import type { LedgerEntry, StoredEntry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isLeased, newPerson, type Person, type StoredPerson, toPersonKey } from '../ledger/person.ts';
import type { Clock } from '../platform/clock.ts';
import type { WebexPeople } from '../webex/client.ts';
import { WebexFailure } from '../webex/failure.ts';
import type { Person as WebexPerson } from '../webex/user-licenses.ts';
import { BUSY, createBindName, type Name } from './bind-name.ts';
import type { OwnOrg } from './own-org.ts';

interface Deps {
  readonly ledger: Pick<Ledger, 'readName' | 'commit'>;
  readonly people: WebexPeople;
  readonly ownOrg: OwnOrg;
  /** Organizations that a request may name, as the settings write them. */
  readonly orgIds: readonly string[];
  readonly clock: Clock;
}

/** The lease under which a request is performed. */
export interface FoundLease {
  readonly lease: Person | StoredPerson;
  /** Whom the name means; undefined where Webex does not list the address. */
  readonly personId: string | undefined;
  readonly name: Pick<Name, 'key' | 'named'>;
  /** Whether another request names the same person in the same way, so that one call to Webex does for both. */
  readonly isAlike: (other: LedgerEntry) => boolean;
  /** The id that Webex gave for the request before is nobody's now. */
  readonly isIdGone: boolean;
  /**
   * The person as Webex has just listed them, with what they hold. Only where the row of the lease was read before Webex
   * was asked: a worker that changes the person meanwhile writes that row, and then this lease is not acquired.
   */
  readonly listed?: WebexPerson;
}

type Known = Pick<FoundLease, 'lease' | 'personId' | 'listed'>;

const LOOK_MS = 30_000;
/** How long a name is taken to mean the same person; an answer of Webex that says otherwise ends it before. */
const MEANS_FOR_MS = 4 * 3_600_000;

/** Finds the lease of the person for whom a request is, and learns from the answers who that is. */
export function createFindLease({ ledger, people, ownOrg, orgIds, clock }: Deps) {
  const bind = createBindName({ ledger, orgIds, clock });

  /**
   * Webex is asked for a name that is new, or was not looked up for some hours. An address that Webex does not list has
   * a lease of its own: the person may be outside the organization, or appear later.
   * @param place the row of the key under which the request lies; undefined where there is none
   * @throws {WebexFailure} where Webex cannot be asked
   */
  async function find(
    entry: StoredEntry,
    place: StoredPerson | undefined,
  ): Promise<FoundLease | typeof BUSY> {
    const { request, personId: learntId } = entry;
    const { person, orgId } = request ?? { person: {} };
    const own = await ownOrg(orgId);
    const toName = async (named: Name['named']): Promise<Name> => {
      const key = toPersonKey(named, own);
      return { named, key, row: key === entry.personKey ? place : await ledger.readName(key) };
    };
    const name = await toName({ person: toOnlyName(person), orgId });
    const known = await readKnown(name);
    const byId = person.personId !== undefined;
    if (!byId && learntId !== undefined && learntId !== known?.personId) {
      // The id was given for this request; the address may mean another person since.
      const itsName = await toName({ person: { personId: learntId }, orgId });
      const found = (await readKnown(itsName)) ?? (await look(itsName, own, false));
      if (found === BUSY) return BUSY;
      if (found) return toFound(found, [learntId], false);
    }
    const found = known ?? (await look(name, own, byId)) ?? (await readUnlisted(name));
    if (found === BUSY) return BUSY;
    const isIdGone = !byId && learntId !== undefined && learntId !== found.personId;
    return toFound(found, [undefined, found.personId, ...(isIdGone ? [learntId] : [])], isIdGone);

    function toFound(
      { lease, personId, listed }: Known,
      alikeIds: readonly (string | undefined)[],
      isIdGone: boolean,
    ): FoundLease {
      const isAlike = (other: LedgerEntry) =>
        other.request !== undefined &&
        toPersonKey(other.request, own) === name.key &&
        (byId || alikeIds.includes(other.personId));
      return { lease, personId, name, isAlike, isIdGone, ...(listed && { listed }) };
    }
  }

  /** Where the name was looked up lately, and leads to the lease of the person that it means. */
  async function readKnown({ row }: Name): Promise<Known | undefined> {
    if (row?.personId === undefined || row.checkedAt === undefined) return undefined;
    if (clock().getTime() - row.checkedAt.getTime() >= MEANS_FOR_MS) return undefined;
    const lease = await readLease(row);
    const { personId } = row;
    const isOthers = lease.owner !== undefined && lease.owner !== personId;
    return isOthers ? undefined : { lease: { ...lease, owner: personId }, personId };
  }

  const readLease = async (row: StoredPerson): Promise<Person | StoredPerson> =>
    row.sameAs === undefined ? row : ((await ledger.readName(row.sameAs)) ?? newPerson(row.sameAs, clock()));

  async function readUnlisted({ key, row }: Name): Promise<Known> {
    return { lease: row ? await readLease(row) : newPerson(key, clock()), personId: undefined };
  }

  /** @param isCallers an id that the caller gave is the person's, listed or not */
  async function look(
    name: Name,
    own: string | undefined,
    isCallers: boolean,
  ): Promise<Known | typeof BUSY | undefined> {
    const { person, orgId } = name.named;
    const listed = await findListed(name.named);
    const id = listed?.id ?? (isCallers ? person.personId : undefined);
    if (id === undefined) return undefined;
    const personId = toCanonicalId('PEOPLE', id);
    const emails = (listed?.emails ?? []).map((email) => email.toLowerCase());
    const identity = { personId, emails, isListed: listed !== undefined, orgId: listed?.orgId ?? orgId };
    const lease = await bind(name, { ...identity, ownOrg: own });
    if (lease === BUSY) return BUSY;
    const isTold = listed?.licenses !== undefined && lease.personKey === name.key;
    return { lease, personId, ...(isTold && { listed }) };
  }

  /** What Webex refuses to look up may be known to it all the same: the change decides. */
  async function findListed({ person, orgId }: Name['named']): Promise<WebexPerson | undefined> {
    const deadline = new Date(clock().getTime() + LOOK_MS);
    try {
      return await people.find(person, { orgId, deadline });
    } catch (error) {
      const isUnlisted =
        error instanceof WebexFailure && (error.isRefusal || error.condition === 'person-not-found');
      if (isUnlisted) return undefined;
      throw error;
    }
  }

  /**
   * Takes note of what the answer to a change says about a name. Where that is lost, the next request by this name is
   * told the same.
   * @param answered the id in the answer; `undefined` where Webex does not know the name
   */
  async function learn({ name, personId: meant }: FoundLease, answered: string | undefined): Promise<void> {
    const row = await ledger.readName(name.key);
    if (isLeased(row, clock())) return;
    if (answered === undefined) {
      if (meant !== undefined && row?.checkedAt !== undefined)
        await ledger.commit({ ...row, checkedAt: undefined }, []);
      return;
    }
    const { person, orgId } = name.named;
    if (person.email === undefined) return;
    const personId = toCanonicalId('PEOPLE', answered);
    const identity = { personId, emails: [person.email], isListed: true, orgId, ownOrg: await ownOrg(orgId) };
    const lease = await bind({ ...name, row }, identity);
    if (lease !== BUSY) await ledger.commit(lease, []);
  }

  return { find, learn };
}

export type FindLease = ReturnType<typeof createFindLease>;

/** Of an address and an id the id counts, as it does for Webex. */
const toOnlyName = ({ email, personId }: LicenseRequest['person']): LicenseRequest['person'] =>
  personId === undefined ? { email } : { personId: toWebexId('PEOPLE', personId) };
