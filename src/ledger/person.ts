import { createHash } from 'node:crypto';
import type { LicenseRequest, Operation } from '../contract/license-request.ts';

/** The right to work on one person, and what was last asked for them. */
export interface Person {
  readonly personKey: string;
  /** Of a person who was named by id: the key by their address, where all their requests are. */
  readonly sameAs?: string;
  /** Held by one instance at a time; free again after `until`, whatever became of the holder. */
  readonly turn?: { readonly instance: string; readonly until: Date };
  /** For each license and site that was settled: the newest of those who asked. */
  readonly newest: Readonly<Record<string, Asked>>;
  readonly updatedAt: Date;
}

export interface StoredPerson extends Person {
  readonly version: string;
}

export interface Asked {
  readonly requestId: string;
  readonly operation: Operation;
  /** When it takes effect. */
  readonly at: Date;
}

/** Well beyond the deadline of an attempt, so that nobody takes the turn of somebody who still works. */
export const TURN_MS = 60_000;

/** Whether `one` overrules `other`. A tie in time: what takes away wins, since a leaver must not keep anything. */
export function isNewer(one: Asked, other: Asked): boolean {
  const difference = one.at.getTime() - other.at.getTime();
  return difference > 0 || (difference === 0 && one.operation === 'remove' && other.operation === 'add');
}

/**
 * Equal for equal people, in one organization; no address can be read from it. Who is named by id, too, is whoever has
 * the id, as it is for Webex: an address may be another one's.
 */
export function toPersonKey({ person, orgId }: Pick<LicenseRequest, 'person' | 'orgId'>): string {
  const name = person.personId === undefined ? `email ${person.email}` : `id ${person.personId}`;
  return toKey(`${orgId ?? ''} ${name}`);
}

/** Of a message that names nobody. */
export const toNobodysKey = (requestId: string): string => toKey(`request ${requestId}`);

const toKey = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24);

export const newPerson = (personKey: string, at: Date): Person => ({ personKey, newest: {}, updatedAt: at });

const NEWEST_KEPT = 200;

/** Remembers what was settled, so that an older request that comes late changes nothing. */
export function remember(
  person: Person,
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
