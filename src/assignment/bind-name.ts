import type { LicenseRequest } from '../contract/license-request.ts';
import { toUuid } from '../contract/webex-id.ts';
import type { Ledger } from '../ledger/ledger.ts';
import {
  isLeased,
  newPerson,
  type Person,
  remember,
  type StoredPerson,
  toFormerKeys,
  toLeaseKey,
  toPersonKey,
} from '../ledger/person.ts';
import type { Clock } from '../platform/clock.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { createPersonRows } from './person-rows.ts';

interface Deps {
  readonly ledger: Pick<Ledger, 'readName' | 'commit'>;
  /** Organizations that a request may name, as the settings write them. */
  readonly orgIds: readonly string[];
  readonly clock: Clock;
}

/** What is known of a person: by Webex, or by the caller who gave an id. */
export interface Identity {
  readonly personId: string;
  readonly emails: readonly string[];
  /** Whether Webex knows the addresses: one that it does not list yet may get others. */
  readonly isListed: boolean;
  readonly orgId: string | undefined;
  readonly ownOrg: string | undefined;
}

/** The name by which a request is being performed, and its row. */
export interface Name {
  readonly named: Pick<LicenseRequest, 'person' | 'orgId'>;
  readonly key: string;
  readonly row: StoredPerson | undefined;
}

/** A lease is held by another instance, or a row changed meanwhile: try again a moment later. */
export const BUSY = 'busy';

/** How long the row that says where a lease is may stay unwritten: it is removed with the retention, 7 days at least. */
const REWRITE_AFTER_MS = 86_400_000;
/** Webex lists few; each costs a read the first time. */
const MAX_ADDRESSES = 8;

/**
 * Finds the one lease of a person, and has all names of the person lead to it. The row of the id decides where the
 * lease is, once; it is written first. What was settled under a name is written to the lease before that name leads
 * there, and a name whose lease is held is waited for. So a crash between any two writes leaves names that do not lead
 * to the lease yet, and each of them is bound before a request is performed by it.
 */
export function createBindName({ ledger, orgIds, clock }: Deps) {
  return async ({ named, key, row }: Name, identity: Identity): Promise<Person | typeof BUSY> => {
    const { personId, ownOrg } = identity;
    const now = clock();
    const rows = createPersonRows(ledger, { key, row });
    const withOrg = (person: LicenseRequest['person']) =>
      toPersonKey({ person, orgId: identity.orgId }, ownOrg);
    const idKey = withOrg({ personId });
    const addresses = identity.emails.slice(0, MAX_ADDRESSES).map((email) => withOrg({ email }));
    const formerKeys = toFormerNames();

    const names = new Set([key, ...addresses, ...formerKeys]);
    await rows.read([idKey, ...names]);
    const owner = rows.get(idKey);
    // Where a name led before, there is what was settled under it.
    await rows.read(rows.all().flatMap(({ sameAs }) => sameAs ?? []));
    const leaseKey = chooseLease();
    await rows.read([leaseKey]);
    if (rows.all().some((one) => isLeased(one, now))) return BUSY;
    // Of a holder that died under one of the names: whoever is next has to know.
    const left = rows.all().find(({ turn }) => turn !== undefined)?.turn;
    const isDecided = owner?.sameAs === leaseKey && owner.personId === personId;
    if (!isDecided || now.getTime() - owner.updatedAt.getTime() > REWRITE_AFTER_MS) {
      if (!(await write(idKey, { sameAs: leaseKey, personId }))) return BUSY;
    }
    if (!(await gatherSettled())) return BUSY;
    const lead = { sameAs: leaseKey, personId, ...(identity.isListed && { checkedAt: now }) };
    for (const name of [...names].filter((one) => one !== leaseKey && one !== idKey)) {
      const isOld = !addresses.includes(name) && name !== key;
      if (isOld && rows.get(name) === undefined) continue;
      const is = rows.get(name);
      const isBound = name !== key && is?.sameAs === leaseKey && is.personId === personId;
      if (!isBound && !(await write(name, lead))) return BUSY;
    }
    // Its addresses lead there by now.
    if (key === idKey && !(await write(idKey, lead))) return BUSY;
    const lease = rows.get(leaseKey) ?? newPerson(leaseKey, now);
    const isItsName = leaseKey === key || addresses.includes(leaseKey);
    return {
      ...lease,
      ...(left && { turn: left }),
      owner: personId,
      ...(isItsName && { sameAs: undefined, personId, checkedAt: now }),
    };

    function chooseLease(): string {
      const isFree = (name: string | undefined) => {
        const itsOwner = name === undefined ? personId : rows.get(name)?.owner;
        return itsOwner === undefined || itsOwner === personId;
      };
      const decided = owner?.sameAs;
      if (decided !== undefined && rows.get(decided)?.owner === personId) return decided;
      const owned = [...names].find((name) => rows.get(name)?.owner === personId);
      if (owned !== undefined) return owned;
      if (decided !== undefined && isFree(decided)) return decided;
      const isAddress = named.person.personId === undefined;
      const [first] = isAddress ? [key] : addresses;
      return first !== undefined && isFree(first) ? first : toLeaseKey(personId, identity.orgId, ownOrg);
    }

    /** Writes what was settled under other names to the lease, where it is not there yet. */
    async function gatherSettled(): Promise<boolean> {
      const lease = rows.get(leaseKey) ?? newPerson(leaseKey, now);
      const newest = rows
        .all()
        .reduce((so, one) => remember({ newest: so }, Object.entries(one.newest)), lease.newest);
      if (JSON.stringify(newest) === JSON.stringify(remember(lease, []))) return true;
      return write(leaseKey, { owner: personId, newest });
    }

    async function write(name: string, change: Partial<Person>): Promise<boolean> {
      const { turn: _over, ...before } = rows.get(name) ?? newPerson(name, now);
      const written = await ledger.commit({ ...before, ...change, updatedAt: now }, []);
      if (written === VERSION_CONFLICT) return false;
      rows.set(written.person);
      return true;
    }

    function toFormerNames(): readonly string[] {
      const org = toUuid('ORGANIZATION', identity.orgId ?? '') ?? ownOrg;
      const spellings = orgIds.filter((one) => toUuid('ORGANIZATION', one) === org);
      const isOwn = identity.orgId === undefined || org === ownOrg;
      const people = [{ personId }, ...identity.emails.slice(0, MAX_ADDRESSES).map((email) => ({ email }))];
      return people.flatMap((person) =>
        toFormerKeys({ person, orgId: isOwn ? undefined : identity.orgId }, spellings),
      );
    }
  };
}

export type BindName = ReturnType<typeof createBindName>;
