import * as z from 'zod';
import { emailSchema } from '../platform/email.ts';
import { timeZoneSchema } from '../platform/time-zone.ts';
import { MAX_MEMBERS } from '../policy/attribute-value.ts';
import { asWritten, flagSchema, licenseSchema } from '../policy/policy.ts';
import { writtenDateSchema } from './hr-event.ts';

const text = z.string().trim().min(1).max(256);
/** As the app takes them; an editor reads `5001` as a number. */
const value = asWritten(z.string().trim().max(256));
const attributes = z.record(
  text,
  z.union([value, z.array(value).max(MAX_MEMBERS)], { error: 'must be text, or a list of texts' }),
);
const licenses = z.array(licenseSchema).max(200);

const eventSchema = z.strictObject({
  type: z.enum(['joiner', 'mover', 'leaver', 'withdrawn']),
  effective: writtenDateSchema.exactOptional(),
  saidAt: z.iso.datetime({ offset: true }).exactOptional(),
  timeZone: timeZoneSchema.exactOptional(),
  attributes: attributes.default({}),
});

export type TriedEvent = z.output<typeof eventSchema>;

export const expectSchema = z.strictObject({
  gives: licenses.describe('All that the rules give.').exactOptional(),
  takes: licenses.describe('All that was taken until then, and is not given again.').exactOptional(),
  kept: licenses.describe('What no rule gives and nothing takes.').exactOptional(),
  undecided: z.array(text).describe('The rules that are undecided.').exactOptional(),
  excluded: flagSchema.exactOptional(),
});

const personSchema = z.strictObject({
  name: text.exactOptional(),
  email: emailSchema.exactOptional(),
  attributes: attributes.describe('Of a person who is employed.').exactOptional(),
  events: z
    .array(eventSchema)
    .min(1)
    .max(100)
    .describe(
      'What HR says of one employee, in its order: each on its day, where `saidAt` does not say when.',
    )
    .exactOptional(),
  date: writtenDateSchema
    .describe('When to look: a day at noon, or an instant. Default: now.')
    .exactOptional(),
  timeZone: timeZoneSchema.exactOptional(),
  granted: licenses.describe('What the policy gave before.').default([]),
  held: licenses.describe('What Webex says that a leaver holds.').default([]),
  expect: expectSchema.exactOptional(),
});

const isOneKind = ({ attributes: told, events }: { attributes?: unknown; events?: unknown }) =>
  (told === undefined) !== (events === undefined);
const NOT_ONE_KIND = { error: 'must have either attributes, of a person who is employed, or events' };

/** A person on whom a policy is tried, in a file. */
export const triedPersonSchema = personSchema.refine(isOneKind, NOT_ONE_KIND);
export type TriedPerson = z.output<typeof triedPersonSchema>;

const caseSchema = personSchema.extend({ name: text, expect: expectSchema }).refine(isOneKind, NOT_ONE_KIND);

/** Cases of a policy: a file that stands beside it. */
export const policyCasesSchema = z
  .strictObject({
    /** For all cases that do not say otherwise. */
    date: writtenDateSchema.exactOptional(),
    timeZone: timeZoneSchema.exactOptional(),
    cases: z.array(caseSchema).min(1).max(2_000),
  })
  .meta({
    title: 'Cases of a policy',
    description: 'People, and what the policy is to give, take and keep.',
  });
