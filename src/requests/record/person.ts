import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Immutable, stored } from '../../platform/stored.ts';
import { toCanonicalId, toUuid } from '../../webex/webex-id.ts';
import { type LicenseRequest, OPERATIONS } from '../license-request.ts';

const date = z.coerce.date();
const operationSchema = z.enum(OPERATIONS);

/** A change of one license or site that may still arrive at Webex. */
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
 * A row for each name of a person: an address or a personId, within an organization. It says whom the name means, and
 * where the lease of that person is: in the row itself, or in the row of another name.
 */
export const personSchema = stored({
  personKey: z.string(),
  /** Where the lease is of the person whom the name means; absent where it is in this row. */
  sameAs: z.string().optional(),
  /** Whom the name means, as Webex said at `checkedAt`. */
  personId: z.string().optional(),
  checkedAt: date.optional(),
  /** Whose lease is in this row: it never passes to another person, whatever becomes of the name. */
  owner: z.string().optional(),
  /** The keys of other names whose requests were performed under this lease. */
  names: z.array(z.string()).optional(),
  /** The lease: held by one instance at a time; free again after `until`, whatever became of the holder. */
  holder: stored({ instance: z.string(), until: date }).exactOptional(),
  /** For each license and site that was settled: the newest of those who asked. */
  newest: z.record(z.string(), askedSchema),
  /** Changes that were sent to Webex and not answered: each may take effect until its time is over. */
  unanswered: z.array(unansweredSchema).optional(),
  updatedAt: date,
});
export type Person = Immutable<z.output<typeof personSchema>>;

export interface StoredPerson extends Person {
  readonly version: string;
}

/** A lease lasts well beyond the deadline of an attempt, so that no other instance acquires it while its holder works. */
export const LEASE_MS = 60_000;

/** Whether `one` overrules `other`. A tie in time: what takes away wins, since a leaver must not keep anything. */
export function isNewer(one: Asked, other: Asked): boolean {
  const difference = one.at.getTime() - other.at.getTime();
  return difference > 0 || (difference === 0 && one.operation === 'remove' && other.operation === 'add');
}

type Named = Pick<LicenseRequest, 'person' | 'orgId'>;

/**
 * The key of a name: equal for equal addresses or ids in one organization, however they are written; no address can be
 * read from it. A request that has an address and an id is named by the id, as it is for Webex: an address may be
 * another one's.
 * @param ownOrg the uuid of the token's own organization, where it is known: to name it is to leave it out
 */
export function toPersonKey({ person, orgId }: Named, ownOrg?: string): string {
  const { email = '', personId } = person;
  const name =
    personId === undefined ? `email ${email.toLowerCase()}` : `id ${toCanonicalId('PEOPLE', personId)}`;
  return toKey(`${toOrgText(orgId, ownOrg)} ${name}`);
}

/** The key of a lease that lies in no name's row. */
export const toLeaseKey = (personId: string, orgId: string | undefined, ownOrg?: string): string =>
  toKey(`${toOrgText(orgId, ownOrg)} person ${toCanonicalId('PEOPLE', personId)}`);

function toOrgText(orgId: string | undefined, ownOrg: string | undefined): string {
  if (orgId === undefined) return '';
  const uuid = toUuid('ORGANIZATION', orgId);
  return uuid !== undefined && uuid === ownOrg ? '' : toCanonicalId('ORGANIZATION', orgId);
}

/** The keys that version 0.1.0 gave the same name: it took an organization and an id as they were written. */
export function toFormerKeys({ person, orgId }: Named, orgSpellings: readonly string[]): readonly string[] {
  const { email, personId } = person;
  const name = personId === undefined ? `email ${email}` : `id ${personId}`;
  const orgs = [orgId ?? '', ...orgSpellings];
  return [...new Set(orgs)].map((org) => toKey(`${org} ${name}`));
}

/** Of a message that names nobody. */
export const toUnnamedKey = (requestId: string): string => toKey(`request ${requestId}`);

const toKey = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24);

export const newPerson = (personKey: string, at: Date): Person => ({ personKey, newest: {}, updatedAt: at });

/** Whether somebody holds the lease now. */
export const isLeased = (person: Person | undefined, now: Date): boolean =>
  person?.holder !== undefined && person.holder.until > now;

const MAX_NAMES = 20;

/** The lease, with the key of a name whose requests are performed under it. */
export function withName<P extends Person>(lease: P, key: string): P {
  const { names = [], personKey } = lease;
  if (key === personKey || names.includes(key) || names.length >= MAX_NAMES) return lease;
  return { ...lease, names: [...names, key] };
}

const NEWEST_KEPT = 300;

/** Remembers what was settled, so that an older request that comes late changes nothing. */
export function remember(
  person: Pick<Person, 'newest'>,
  asked: Iterable<readonly [key: string, asked: Asked]>,
): Person['newest'] {
  const newest = new Map(Object.entries(person.newest));
  for (const [key, one] of asked) {
    const known = newest.get(key);
    if (known === undefined || !isNewer(known, one)) newest.set(key, one);
  }
  const latest = [...newest].sort(([, a], [, b]) => b.at.getTime() - a.at.getTime()).slice(0, NEWEST_KEPT);
  return Object.fromEntries(latest);
}
