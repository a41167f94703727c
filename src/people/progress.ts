import * as z from 'zod';
import { stored } from '../platform/stored.ts';
import { partSchema } from './sorted-parts.ts';

const count = z.number().int();

/** How far the holders of one license are read for those from outside the organization. */
const outsideSchema = stored({
  /** The license's place in the catalogue. */
  license: count,
  pages: count,
  next: z.string().optional(),
  /** People from outside so far. */
  found: count,
  isDone: z.boolean(),
  /** Why the list cannot be read. */
  failure: z.string().optional(),
});

/** The files of a bucket: of the people, and of their addresses. */
export const bucketSchema = stored({ people: z.string(), addresses: z.string(), rows: count });

/** What the parts were made into: each person once. */
const mergedSchema = stored({
  buckets: z.array(bucketSchema),
  people: count,
  outside: count,
  /** Lines of people who were seen before. */
  repeated: count,
  /** People whose licenses Webex did not tell. */
  untold: count,
  /** How many people hold each license, by its place. */
  holders: z.array(count),
});

/** How far the reading of all people is, as it is kept between the invocations that work on it. */
export const peopleProgressSchema = stored({
  /** How often it began anew, because Webex refused the link at which it was to go on. */
  restarts: count,
  pages: count,
  rows: count,
  /** Rows without an id: they are left out. */
  odd: count,
  /** Rows without licenses: Webex did not tell them. */
  untold: count.default(0),
  /** Links that had lost a part of the query. */
  lostQueries: count,
  next: z.string().optional(),
  isListed: z.boolean(),
  /** Of 25 pages at most each. */
  parts: z.array(partSchema),
  /** How many lines name each license, by its place: who is seen twice counts twice. */
  holders: z.array(count),
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
  rows: 0,
  odd: 0,
  untold: 0,
  lostQueries: 0,
  isListed: false,
  parts: [],
  holders: Array.from({ length: licenses }, () => 0),
  outside: [],
});
