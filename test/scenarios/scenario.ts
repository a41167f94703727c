import * as z from 'zod';

const instant = z.iso.datetime({ offset: true });
const day = z.string();
const attributes = z.record(z.string(), z.union([z.string(), z.array(z.string())]).nullable()).default({});

/** An HR event as a source's normalizer makes it; see README.md beside the scenarios. */
const hrSchema = z.strictObject({
  eventId: z.string(),
  source: z.string().default('hr'),
  type: z.enum(['joiner', 'mover', 'leaver', 'withdrawn', 'record', 'deleted']),
  employee: z.strictObject({ id: z.string().optional(), email: z.string().optional() }),
  effective: day.optional(),
  saidAt: instant.optional(),
  timeZone: z.string().optional(),
  attributes,
  status: z.string().optional(),
  startsOn: day.nullish(),
  endsOn: day.nullish(),
});
export type HrStep = z.output<typeof hrSchema>;

const reference = z.union([
  z.string(),
  z.strictObject({
    name: z.string(),
    subscriptionId: z.string().optional(),
    siteUrl: z.string().optional(),
  }),
]);
const directSchema = z.strictObject({
  id: z.string(),
  person: z.string(),
  add: z.array(reference).default([]),
  remove: z.array(reference).default([]),
  until: instant.optional(),
  effectiveAt: instant.optional(),
});
export type DirectStep = z.output<typeof directSchema>;

const licenseSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  subscriptionId: z.string().optional(),
  siteUrl: z.string().optional(),
  calling: z.boolean().optional(),
});
export type ScenarioLicense = z.output<typeof licenseSchema>;

const ids = z.array(z.string());
const expectSchema = z.strictObject({
  person: z.string().default('ada@example.com'),
  /** Also after any order of arrival that the scenario permits. */
  always: z.boolean().default(false),
  state: z.string().optional(),
  desired: ids.optional(),
  asked: ids.optional(),
  granted: ids.optional(),
  held: ids.optional(),
  open: ids.optional(),
  overrides: ids.optional(),
  kept: ids.optional(),
  drift: ids.optional(),
  why: ids.optional(),
});
export type Expectation = z.output<typeof expectSchema>;

const stepSchema = z.strictObject({
  at: instant,
  hr: hrSchema.optional(),
  direct: directSchema.optional(),
  clear: z.string().optional(),
  policy: z.string().optional(),
  catalogue: z.array(licenseSchema).optional(),
  webex: z
    .strictObject({
      id: z.string(),
      emails: ids.optional(),
      held: ids.optional(),
      gone: z.boolean().optional(),
    })
    .optional(),
  adopt: z.boolean().optional(),
  drift: z.enum(['off', 'add', 'add-and-remove']).optional(),
  redrive: z.boolean().optional(),
  approve: z.boolean().optional(),
  approval: z.boolean().optional(),
  seats: z.record(z.string(), z.number()).optional(),
  fails: z.record(z.string(), z.string()).optional(),
  expect: expectSchema.optional(),
});
export type Step = z.output<typeof stepSchema>;

export const scenarioSchema = z.strictObject({
  title: z.string(),
  why: z.string(),
  policy: z.string(),
  sources: z.record(z.string(), z.string()).default({ hr: 'Europe/Berlin' }),
  people: z.array(z.strictObject({ id: z.string(), emails: ids, held: ids.default([]) })).default([]),
  catalogue: z.array(licenseSchema).optional(),
  permute: ids.default([]),
  steps: z.array(stepSchema),
});
export type Scenario = z.output<typeof scenarioSchema>;

/** What is observed of a person at a moment of a scenario. */
export interface Observed {
  readonly state: string;
  readonly desired: readonly string[];
  readonly asked: readonly string[];
  readonly granted: readonly string[];
  readonly held: readonly string[];
  readonly open: readonly string[];
  readonly overrides: readonly string[];
  readonly kept: readonly string[];
  readonly drift: readonly string[];
  readonly why: string;
}

/** What a scenario is played against. */
export interface World {
  /** Lets time pass until an instant: each day that begins and each delay that ends is acted upon in its moment. */
  passUntil(atMs: number): Promise<void>;
  act(step: Step): Promise<void>;
  observe(email: string): Promise<Observed>;
  stop(): Promise<void>;
}

/** The catalogue where a scenario names none. */
export const CATALOGUE: readonly ScenarioLicense[] = [
  { id: 'msg', name: 'Advanced Messaging', subscriptionId: 'Sub100448' },
  { id: 'meet', name: 'Webex Meetings Suite', subscriptionId: 'Sub100448' },
  { id: 'events', name: 'Webex Events', subscriptionId: 'Sub100448' },
  { id: 'std', name: 'Webex Calling - Standard', subscriptionId: 'Sub217703' },
  { id: 'pro', name: 'Webex Calling - Professional', subscriptionId: 'Sub217703' },
  { id: 'suite-a', name: 'Webex Suite', subscriptionId: 'Sub300001' },
  { id: 'suite-b', name: 'Webex Suite', subscriptionId: 'Sub300002' },
];
