import * as z from 'zod';
import { type Immutable, stored } from '../../platform/stored.ts';

/** What an adoption is asked for. */
export const adoptionInputSchema = stored({
  /** Only says what would be adopted. */
  dryRun: z.boolean(),
});

const count = z.number();

const countsSchema = stored({
  /** People of the snapshot that were looked at, and those of them who get something by adoption. */
  people: count,
  adopted: count,
  /** Of those who get something: HR has named no employee of theirs. */
  noEmployee: count,
  /** Of those who get something: HR has several employees of theirs. */
  severalEmployees: count,
  /** People who left and then lose something at once, or on a later day; and who loses a Calling license at once. */
  lose: count,
  loseLater: count,
  loseCalling: count,
  /**
   * Left out: an address leads to another person, or Webex has none; others wrote the person each time; Webex did not say
   * what they hold; from outside.
   */
  needIdentity: count,
  busy: count,
  untold: count,
  outside: count,
  /** People of whom HR named an employee, and those of them who are not in the snapshot. */
  known: count,
  notFound: count,
  /** Adopted before, without an employee, and no longer at Webex: what was adopted is forgotten. */
  forgotten: count,
});
export type AdoptionCounts = Immutable<z.output<typeof countsSchema>>;

/** From how many people a license is adopted, and how many of them lose it at once. */
const licenseSchema = stored({ licenseId: z.string(), people: count, lose: count });

/** How far an adoption is: all that is known after a page. */
export const adoptionProgressSchema = stored({
  /** The policy that says what is managed; the adoption ends where another one is in force. */
  policyVersion: z.string(),
  /** The people snapshot: of which run, and when Webex was read. */
  runId: z.string(),
  readAt: z.coerce.date(),
  /** All people are looked at as of then. */
  at: z.coerce.date(),
  /** The next page of the snapshot. */
  bucket: count,
  offset: count,
  /** The snapshot has been read: what is left is to look for the people of HR in it. */
  isRead: z.boolean().exactOptional(),
  /** Where the next people of HR begin. */
  next: z.string().exactOptional(),
  /** Only the result is missing. */
  isWhole: z.boolean().exactOptional(),
  /** Pages of people that are shown. */
  parts: count,
  counts: countsSchema,
  licenses: z.array(licenseSchema),
});
export type AdoptionProgress = Immutable<z.output<typeof adoptionProgressSchema>>;

export const adoptionResultSchema = stored({
  policyVersion: z.string(),
  readAt: z.coerce.date(),
  people: countsSchema,
  licenses: z.array(stored({ ...licenseSchema.shape, name: z.string() })),
  /** Of a dry run: how many of those who lose something can lose it at once. */
  removals: stored({ people: count, canGoNow: count, needApproval: count }).exactOptional(),
  /** Names in `manages` that the catalogue does not have. */
  unknown: z.array(z.string()),
});
export type AdoptionResult = Immutable<z.output<typeof adoptionResultSchema>>;

/** A person who is shown: with what they get, or with the reason why they get nothing. */
export interface AdoptionLine {
  readonly person: { readonly email?: string; readonly personId?: string };
  readonly employees: readonly { readonly source: string; readonly employeeId: string }[];
  /** Of the employees together; `unknown` where there are none. */
  readonly state: string;
  /** Names of licenses. */
  readonly adopted: readonly string[];
  readonly loses: readonly string[];
  readonly losesLater: readonly string[];
  readonly note?: 'needs-identity' | 'busy' | 'not-in-snapshot';
}

const NO_COUNTS: AdoptionCounts = {
  ...{ people: 0, adopted: 0, noEmployee: 0, severalEmployees: 0, lose: 0, loseLater: 0, loseCalling: 0 },
  ...{ needIdentity: 0, busy: 0, untold: 0, outside: 0, known: 0, notFound: 0, forgotten: 0 },
};

export const newAdoptionProgress = (
  of: Pick<AdoptionProgress, 'policyVersion' | 'runId' | 'readAt' | 'at'>,
): AdoptionProgress => ({ ...of, bucket: 0, offset: 0, parts: 0, counts: NO_COUNTS, licenses: [] });
