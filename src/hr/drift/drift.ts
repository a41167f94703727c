import * as z from 'zod';
import { type Immutable, stored } from '../../platform/stored.ts';

/** What a difference of what a person should hold and what Webex says that they hold can be. */
export const DRIFT_KINDS = ['missing', 'extra', 'leaver-licensed', 'unknown-to-hr', 'deleted-in-hr'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** Which differences are repaired. */
export const REPAIR_MODES = ['off', 'add', 'add-and-remove'] as const;
export type RepairMode = (typeof REPAIR_MODES)[number];

const count = z.number().int();

const kindCountSchema = stored({ people: count, licenses: count });
const byKind = <S extends z.ZodType>(schema: S) =>
  stored({
    ...{ missing: schema, extra: schema, 'leaver-licensed': schema },
    ...{ 'unknown-to-hr': schema, 'deleted-in-hr': schema },
  });

const peopleCountsSchema = stored({
  /** People of HR and Webex who are compared. */
  compared: count,
  /** People at Webex whom HR does not know. */
  unknownToHr: count,
  /** People of HR whom the snapshot does not have. */
  notFound: count,
  /** Left out: Webex did not tell what they hold, or something has changed since the people were read. */
  notTold: count,
  changing: count,
  /** Left out until HR mends their address. */
  needIdentity: count,
  /** Rows of people that this version cannot read: then nothing is said of who is unknown to HR. */
  unreadable: count,
});

const licenseCountsSchema = stored({
  licenseId: z.string(),
  name: z.string(),
  ...byKind(count).shape,
  /** Held, not managed, and not given by Seatline: how many people. */
  byHand: count,
});

const repairCountsSchema = stored({
  mode: z.enum(REPAIR_MODES),
  /** Differences for which a request is made. */
  asked: count,
  /** Differences that are there again after a repair. */
  left: count,
  /** Why nothing is asked. */
  heldBack: z.string().exactOptional(),
});

/** What came of the comparison of a run. */
export const driftResultSchema = z.discriminatedUnion('state', [
  stored({
    state: z.literal('computed'),
    policyVersion: z.string(),
    people: peopleCountsSchema,
    kinds: byKind(kindCountSchema),
    licenses: z.array(licenseCountsSchema),
    repair: repairCountsSchema,
  }),
  stored({
    state: z.literal('not-computed'),
    reason: stored({ condition: z.string(), detail: z.string() }),
  }),
]);
export type DriftResult = z.output<typeof driftResultSchema>;
export type ComputedDrift = Extract<DriftResult, { state: 'computed' }>;
export type DriftCounts = Pick<ComputedDrift, 'people' | 'kinds'> & {
  /** By the place of the license in the catalogue. */
  readonly licenses: readonly Readonly<Record<DriftKind | 'byHand', number>>[];
  /** Licenses that people must hold, differences for which a repair is due, and those that are there again after one. */
  readonly expected: number;
  readonly asked: number;
  readonly left: number;
};

export const toNotComputed = (condition: string, detail: string): DriftResult => ({
  state: 'not-computed',
  reason: { condition, detail },
});

/** One difference, as a line of `drift.ndjson.gz`. */
export const driftLineSchema = stored({
  kind: z.enum(DRIFT_KINDS),
  licenseId: z.string(),
  license: z.string(),
  person: stored({
    personId: z.string().exactOptional(),
    email: z.string().exactOptional(),
    displayName: z.string().exactOptional(),
  }),
  /** In words: the rule that gives the license, or why it is too much. */
  why: z.string(),
  /** `asked`: a repair is asked for; `left`: it is there again after a repair, and a person means it. */
  repair: z.enum(['asked', 'under-way', 'left']).exactOptional(),
  /** Of the person in HR; absent of a person unknown to HR. */
  personKey: z.string().exactOptional(),
});
export type DriftLine = Immutable<z.output<typeof driftLineSchema>>;
