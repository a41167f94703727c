import * as z from 'zod';
import { stored } from '../platform/stored.ts';
import type { SnapshotPerson } from './person.ts';
import { partSchema } from './sorted-parts.ts';

const count = z.number().int();

const totalsSchema = stored({
  /** Of the organization. */
  people: count,
  /** From outside of it. */
  outside: count,
  /** People whose licenses Webex did not tell. */
  untold: count,
  /** How many people hold each license, by its place in the catalogue. */
  holders: z.array(count),
});
export type Totals = z.output<typeof totalsSchema>;

/** Counts a person, or takes one from the count. */
export function countPerson(totals: Totals, { isOutside, licenses }: SnapshotPerson, by: 1 | -1 = 1): void {
  totals[isOutside ? 'outside' : 'people'] += by;
  if (licenses === undefined) totals.untold += by;
  for (const license of licenses ?? [])
    if (typeof license === 'number') totals.holders[license] = (totals.holders[license] ?? 0) + by;
}

/** How far the holders of one license are read for those from outside the organization. */
const outsideSchema = stored({
  /** The license's place in the catalogue. */
  license: count,
  pages: count,
  next: z.string().optional(),
  isDone: z.boolean(),
  /** Why the list cannot be read. */
  failure: z.string().optional(),
});

/** The files of a bucket: of the people, and of their addresses. */
export const bucketSchema = stored({ people: z.string(), addresses: z.string(), rows: count });

/** What the parts were made into: each person once. */
const mergedSchema = stored({
  buckets: z.array(bucketSchema),
  /** Lines of people who were seen before. */
  repeated: count,
  totals: totalsSchema,
  readEndedAt: z.coerce.date(),
});

/** How far the reading of all people is, as it is kept between the invocations that work on it. */
export const peopleProgressSchema = stored({
  /** How often it began anew, because Webex refused the link at which it was to go on. */
  restarts: count,
  pages: count,
  /** Rows without an id: they are left out. */
  odd: count,
  /** Links that had lost a part of the query. */
  lostQueries: count,
  next: z.string().optional(),
  isListed: z.boolean(),
  /** Of 25 pages at most each. */
  parts: z.array(partSchema),
  /** Of all lines: who is seen twice counts twice. */
  totals: totalsSchema,
  /** How many people hold each license by the catalogue, by its place; null where Webex gives no count. */
  counts: z.array(z.number().nullable()).optional(),
  outside: z.array(outsideSchema),
  /** Undefined as long as there may be more parts. */
  whole: mergedSchema.optional(),
});

export type PeopleProgress = z.output<typeof peopleProgressSchema>;
export type OutsideProgress = z.output<typeof outsideSchema>;
export type Merged = z.output<typeof mergedSchema>;

/** Of people whom nobody has read yet. @param licenses how many the catalogue has */
export const newPeopleProgress = (licenses: number, restarts = 0): PeopleProgress => ({
  restarts,
  pages: 0,
  odd: 0,
  lostQueries: 0,
  isListed: false,
  parts: [],
  totals: { people: 0, outside: 0, untold: 0, holders: Array.from({ length: licenses }, () => 0) },
  outside: [],
});
