import * as z from 'zod';
import { sha256 } from '../../platform/sha256.ts';
import { type Immutable, stored } from '../../platform/stored.ts';
import { toCanonicalId, toUuid } from '../../webex/webex-id.ts';
import { type LicenseRequest, OPERATIONS } from '../license-request.ts';

const date = z.coerce.date();
const operationSchema = z.enum(OPERATIONS);

/** A sent change of one license or site without an answer: it may still arrive at Webex. */
const unansweredSchema = stored({ key: z.string(), operation: operationSchema, until: date });
export type Unanswered = Immutable<z.output<typeof unansweredSchema>>;

const askedSchema = stored({
  requestId: z.string(),
  operation: operationSchema,
  /** When it takes effect. */
  at: date,
});
export type Asked = Immutable<z.output<typeof askedSchema>>;

/**
 * The row of a person's name: an address or a personId, within an organization. It has the person that the name
 * belongs to, and the lease of that person or a reference to the row with the lease.
 */
export const personSchema = stored({
  personKey: z.string(),
  /** The key of the row with the lease; absent where the lease is in this row. */
  sameAs: z.string().optional(),
  /** The person of the name, according to Webex at `checkedAt`. */
  personId: z.string().optional(),
  checkedAt: date.optional(),
  /** Equal to `checkedAt` where a people snapshot that was read then says so: it counts for longer than a look-up. */
  snapshotAt: date.optional(),
  /** The person of the lease in this row. It never changes, even where the name goes to another person. */
  owner: z.string().optional(),
  /** The keys of other names with requests under this lease. */
  names: z.array(z.string()).optional(),
  /** The lease, held by one instance at a time. It expires at `until`. */
  holder: stored({ instance: z.string(), until: date }).exactOptional(),
  /** The newest effective request for each license and site. */
  newest: z.record(z.string(), askedSchema),
  /** Changes that were sent to Webex without an answer: each may take effect until its time. */
  unanswered: z.array(unansweredSchema).optional(),
  updatedAt: date,
});
export type Person = Immutable<z.output<typeof personSchema>>;

export interface StoredPerson extends Person {
  readonly version: string;
}

/** Well above the deadline of an attempt: no other instance acquires the lease while its holder works. */
export const LEASE_MS = 60_000;

/** Whether `asked` wins over `earlier`. At the same time a removal wins: a leaver must not keep a license. */
export function isNewer(asked: Asked, earlier: Asked): boolean {
  const difference = asked.at.getTime() - earlier.at.getTime();
  return difference > 0 || (difference === 0 && asked.operation === 'remove' && earlier.operation === 'add');
}

type Named = Pick<LicenseRequest, 'person' | 'orgId'>;

/**
 * The key of a name: equal for all spellings of an address or id in an organization; it does not reveal the address.
 * The id has precedence over the address, as at Webex: the address may belong to another person.
 * @param ownOrg the uuid of the token's own organization, where it is known: the default of a request
 */
export function toPersonKey({ person, orgId }: Named, ownOrg?: string): string {
  const { email = '', personId } = person;
  const name =
    personId === undefined ? `email ${email.toLowerCase()}` : `id ${toCanonicalId('PEOPLE', personId)}`;
  return toKey(`${toOrgText(orgId, ownOrg)} ${name}`);
}

/** The key of a lease with a row of its own. */
export const toLeaseKey = (personId: string, orgId: string | undefined, ownOrg?: string): string =>
  toKey(`${toOrgText(orgId, ownOrg)} person ${toCanonicalId('PEOPLE', personId)}`);

function toOrgText(orgId: string | undefined, ownOrg: string | undefined): string {
  if (orgId === undefined) return '';
  const uuid = toUuid('ORGANIZATION', orgId);
  return uuid !== undefined && uuid === ownOrg ? '' : toCanonicalId('ORGANIZATION', orgId);
}

/** The keys that version 0.1.0 used for the same name: it did not unify the spellings of organizations and ids. */
export function toFormerKeys({ person, orgId }: Named, orgSpellings: readonly string[]): readonly string[] {
  const { email, personId } = person;
  const name = personId === undefined ? `email ${email}` : `id ${personId}`;
  const orgs = [orgId ?? '', ...orgSpellings];
  return [...new Set(orgs)].map((org) => toKey(`${org} ${name}`));
}

/** For a message without a person. */
export const toUnnamedKey = (requestId: string): string => toKey(`request ${requestId}`);

const toKey = (text: string) => sha256(text).slice(0, 24);

export const newPerson = (personKey: string, at: Date): Person => ({ personKey, newest: {}, updatedAt: at });

/** Whether an instance holds the lease now. */
export const isLeased = (person: Person | undefined, now: Date): boolean =>
  person?.holder !== undefined && person.holder.until > now;

const MAX_NAMES = 20;

/** The lease with a further name. */
export function withName<P extends Person>(lease: P, key: string): P {
  const { names = [], personKey } = lease;
  if (key === personKey || names.includes(key) || names.length >= MAX_NAMES) return lease;
  return { ...lease, names: [...names, key] };
}

const NEWEST_KEPT = 300;

/** Remembers effective requests: an older request that arrives late must change nothing. */
export function remember(
  person: Pick<Person, 'newest'>,
  asked: Iterable<readonly [key: string, asked: Asked]>,
): Person['newest'] {
  const newest = new Map(Object.entries(person.newest));
  for (const [key, latest] of asked) {
    const known = newest.get(key);
    if (known === undefined || !isNewer(known, latest)) newest.set(key, latest);
  }
  const byTime = [...newest].sort(([, a], [, b]) => b.at.getTime() - a.at.getTime());
  return Object.fromEntries(byTime.slice(0, NEWEST_KEPT));
}
