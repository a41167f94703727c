import * as z from 'zod';
import { type Immutable, stored } from '../../platform/stored.ts';

/** What a plan is asked for: the text of a policy that can be read. */
export const planInputSchema = stored({ policy: z.string(), policyVersion: z.string() });

const operation = z.enum(['gain', 'lose']);

/** From how many people a rule would give or take a license; a rule of the policy before is why something is lost. */
const ruleCountSchema = stored({
  operation,
  rule: z.string(),
  licenseId: z.string(),
  people: z.number(),
});

/** What would fail for some people, with the words of the policy or of HR. */
const problemSchema = stored({
  kind: z.enum([
    ...['unknown-license', 'unknown-attribute', 'attribute-not-kept'],
    ...['missing-location', 'unfilled-template', 'no-seats', 'phone-numbers-not-told', 'location-refused'],
  ] as const),
  /** The place in the policy, such as `rule Sales`. */
  where: z.string().exactOptional(),
  /** A name of a license or attribute, the value of `location`, or a template. */
  name: z.string(),
  /** What may have been meant. */
  nearest: z.array(z.string()).exactOptional(),
  people: z.number().exactOptional(),
  /** The policy in force has it, too. */
  isInForce: z.boolean().exactOptional(),
});
export type PlanProblem = Immutable<z.output<typeof problemSchema>>;

/** How many of the next free extensions or numbers of a location are left. */
const numbersSchema = stored({
  location: z.string(),
  kind: z.enum(['extension', 'phoneNumber']),
  range: z.string().exactOptional(),
  /** Absent where nothing is known. */
  left: z.number().exactOptional(),
  /** Of the range. */
  size: z.number().exactOptional(),
  /** Whether Webex told it; else the range and what Seatline gave. */
  isTold: z.boolean(),
});
export type PlanNumbers = Immutable<z.output<typeof numbersSchema>>;

const countsSchema = stored({
  /** People looked at, and those for whom something would change. */
  looked: z.number(),
  change: z.number(),
  gain: z.number(),
  lose: z.number(),
  /** Of those who lose something, who loses a Calling license. */
  loseCalling: z.number(),
  /** Left alone, because HR gave them the address of another person. */
  needIdentity: z.number(),
  /** People who left and whose licenses Webex must be asked for: what they lose is not known yet. */
  undecided: z.number(),
});

/** How far a plan is: all that is known after a page of people. */
export const planProgressSchema = stored({
  /** The policy that was in force when the plan began; absent where none was. */
  comparedWith: z.string().exactOptional(),
  /** All people are looked at as of then. */
  at: z.coerce.date(),
  /** Where the next page of people begins. */
  next: z.string().exactOptional(),
  /** All people have been looked at: only the result is missing. */
  isWhole: z.boolean().exactOptional(),
  /** Pages of people with changes. */
  parts: z.number(),
  counts: countsSchema,
  licenses: z.array(stored({ licenseId: z.string(), gain: z.number(), lose: z.number() })),
  rules: z.array(ruleCountSchema),
  /** Problems of people; those of the policy itself are found at the end. */
  problems: z.array(problemSchema),
  /** The names of attributes that HR told. */
  attributes: z.array(z.string()),
  isCut: z.boolean().exactOptional(),
});
export type PlanProgress = Immutable<z.output<typeof planProgressSchema>>;
export type PlanCounts = PlanProgress['counts'];
export type RuleCount = PlanProgress['rules'][number];

/** What would happen if the policy were saved. */
export const planResultSchema = stored({
  comparedWith: z.string().exactOptional(),
  at: z.coerce.date(),
  people: countsSchema,
  /** Absent where Webex tells no count of its seats; `short` are those who would wait until some are free. */
  licenses: z.array(
    stored({
      licenseId: z.string(),
      name: z.string(),
      gain: z.number(),
      lose: z.number(),
      free: z.number().exactOptional(),
      short: z.number().exactOptional(),
    }),
  ),
  rules: z.array(stored({ ...ruleCountSchema.shape, license: z.string() })),
  removals: stored({
    people: z.number(),
    canGoNow: z.number(),
    needApproval: z.number(),
    /** `policy-<version>`: what waits would wait under it. */
    cause: z.string(),
  }),
  /** Absent where the policy gives no next free numbers. */
  numbers: z.array(numbersSchema).exactOptional(),
  problems: z.array(problemSchema),
  /** Some rules or problems are left out: there are too many. */
  isCut: z.boolean().exactOptional(),
});
export type PlanResult = Immutable<z.output<typeof planResultSchema>>;

/** A license that a person would gain or lose. */
export interface PlannedItem {
  readonly operation: 'gain' | 'lose';
  readonly licenseId: string;
  readonly license: string;
  /** The rules that give it, the leaver rule that takes it, or the rules that gave it before. */
  readonly rules: readonly string[];
  readonly why: string;
}

/** A person for whom the policy would change something. */
export interface PlannedPerson {
  readonly person: { readonly email?: string; readonly personId?: string };
  readonly employees: readonly { readonly source: string; readonly employeeId: string }[];
  readonly items: readonly PlannedItem[];
}
