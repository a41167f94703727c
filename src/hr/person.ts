import * as z from 'zod';
import type { Unreadable } from '../platform/purge.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import type { VersionConflict } from '../platform/version-conflict.ts';
import { storedLicenseRequestSchema } from '../requests/license-request.ts';
import { factSchema } from './fact.ts';

const date = z.coerce.date();
const operation = z.enum(['add', 'remove']);

/** What Seatline gave by a rule and Webex confirmed, or what it adopted. */
const grantSchema = stored({
  /** Webex's license id, or `site:<host>`. */
  id: z.string(),
  by: z.enum(['rule', 'adoption']),
});
export type Grant = Immutable<z.output<typeof grantSchema>>;

/** One license that somebody asked for directly, and Webex confirmed. */
const directRequestSchema = stored({
  requestId: z.string(),
  licenseId: z.string(),
  operation,
  at: date,
  until: date.exactOptional(),
  /** The policy that was in force then. */
  policyVersion: z.string().exactOptional(),
});
export type DirectRequest = Immutable<z.output<typeof directRequestSchema>>;

/** What failed for good, and under which policy and facts: it is not asked again under them. */
const failureSchema = stored({ item: z.string(), reason: z.string(), basis: z.string() });

/** The license request that is to make the person as desired: written before it is submitted. */
const openRequestSchema = stored({
  requestId: z.string(),
  request: storedLicenseRequestSchema,
  /** Of the HR event that led to it: when it was received, and its secret. */
  askedAt: date.exactOptional(),
  key: z.string().exactOptional(),
  policyVersion: z.string().exactOptional(),
  /** Whether it is of somebody who left. */
  isOfLeaver: z.boolean().exactOptional(),
  /** Whether it repairs a drift. */
  isRepair: z.boolean().exactOptional(),
});
export type OpenRequest = Immutable<z.output<typeof openRequestSchema>>;

const repairSchema = stored({ item: z.string(), at: date, state: z.enum(['open', 'done', 'failed']) });
export type Repair = Immutable<z.output<typeof repairSchema>>;

/** An employee of a person, with all that HR said. */
const personEmployeeSchema = stored({
  source: z.string(),
  employeeId: z.string(),
  facts: z.array(factSchema),
  /** When the newest fact was said that is no longer kept: what was said before it comes too late. */
  baseAt: date.exactOptional(),
});
export type PersonEmployee = Immutable<z.output<typeof personEmployeeSchema>>;

/** A person whom HR knows, by one or several employees: all that decides about their licenses. */
export const personSchema = stored({
  /** That of the first address: see `toPersonKey`. */
  personKey: z.string(),
  /** Of another name of the person: where the person is. Then nothing else here counts. */
  sameAs: z.string().exactOptional(),
  /** Whom Webex confirmed; it stays, whatever becomes of the address. */
  personId: z.string().exactOptional(),
  /**
   * When Webex created the person of the id, where that was found before HR named an employee who works: it may be another
   * person than an employee who left before.
   */
  createdAt: date.exactOptional(),
  /** Addresses that are this person's. */
  emails: z.array(z.string()),
  /** An address that HR named and that leads to another person at Webex: nothing is asked until that is mended. */
  astray: z.string().exactOptional(),
  employees: z.array(personEmployeeSchema),
  grants: z.array(grantSchema),
  /** The newest of each license. */
  directs: z.array(directRequestSchema),
  /** When somebody cleared the overrides. */
  clearedAt: date.exactOptional(),
  /** The same of single licenses: when, by license id. */
  cleared: z.record(z.string(), date).exactOptional(),
  failures: z.array(failureSchema),
  open: openRequestSchema.exactOptional(),
  /** The open request that repairs a drift: beside the other, since it asks for nothing that the policy decided. */
  repair: openRequestSchema.exactOptional(),
  /** Differences such as `add <id>` that were repaired, or tried: each once, for as long as the policy says the same. */
  repairs: z.array(repairSchema).exactOptional(),
  /** The latest requests and the HR events that led to them. */
  made: z.array(stored({ requestId: z.string(), eventKey: z.string() })).exactOptional(),
  /** What Webex said that somebody held who left then. */
  held: stored({ ids: z.array(z.string()), endMs: z.number() }).exactOptional(),
  /** When the latest request of its own ended whose results are taken in. */
  takenAt: date.exactOptional(),
  /** Counts the requests made: a part of their ids. */
  revision: z.number(),
  /** When the person is to be looked at again: a day comes, an override ends. */
  lookAt: date.exactOptional(),
  /**
   * Of somebody who left: since when nothing is to come or open. Of somebody who was adopted and whom HR never named: when
   * they were last known to be at Webex. The retention counts from then.
   */
  endedAt: date.exactOptional(),
  updatedAt: date,
});
export type Person = Immutable<z.output<typeof personSchema>>;

export interface StoredPerson extends Person {
  readonly version: string;
}

export const newPerson = (personKey: string, at: Date): Person => ({
  personKey,
  emails: [],
  employees: [],
  grants: [],
  directs: [],
  failures: [],
  // A person who was forgotten or removed may come again under the same key: their requests must not have the same ids.
  revision: Math.floor(at.getTime() / 1_000),
  updatedAt: at,
});

/** Somebody whom HR names now: the retention of a person whom HR never named is over. */
export function withoutUnnamedEnd<P extends Person>(person: P): P {
  if (person.employees.length > 0) return person;
  const { endedAt: _unnamed, ...named } = person;
  return named as P;
}

/** The people whom HR knows. */
export interface HrPeople {
  /** The row of this key itself. */
  read(personKey: string): Promise<StoredPerson | undefined>;
  /** Adds the person, or replaces the version that was read. */
  write(person: Person & { readonly version?: string }): Promise<StoredPerson | VersionConflict>;
  /** Those to be looked at by now, about `limit` at a time. */
  due(at: Date, limit: number, next?: string): Promise<PersonPage>;
  /** Those who ended until then, about `limit` at a time. */
  ended(until: Date, limit: number, next?: string): Promise<PersonPage>;
  /** @returns whether the row is gone: false where the person was looked at again meanwhile */
  remove(person: StoredPerson): Promise<boolean>;
  /** All people, at most `limit` at a time. */
  page(limit: number, next?: string): Promise<PersonPage>;
}

export interface PersonPage extends Unreadable {
  readonly people: readonly StoredPerson[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/** The newer of two direct requests of one license counts; a tie: the removal. */
export function isNewer({ requestId, operation, at }: DirectRequest, known: DirectRequest): boolean {
  const lateMs = at.getTime() - known.at.getTime();
  return known.requestId !== requestId && (lateMs > 0 || (lateMs === 0 && operation === 'remove'));
}

/** A name leads to a person, who may have been joined into another one since. */
const MAX_HOPS = 8;

/** Finds the person behind any of their names; a name that is not known has no row. */
export async function findPerson(
  people: Pick<HrPeople, 'read'>,
  personKey: string,
): Promise<StoredPerson | undefined> {
  let found = await people.read(personKey);
  for (let hops = 0; found?.sameAs !== undefined && hops < MAX_HOPS; hops += 1)
    found = await people.read(found.sameAs);
  return found;
}
