import * as z from 'zod';
import { emailSchema } from '../platform/email.ts';
import { findNextFreeProblems } from '../requests/license-request.ts';
import { NEXT_FREE } from '../webex/extension-range.ts';
import { PolicyError } from './policy-error.ts';
import { readAs } from './read-as.ts';

/** Editors read `0042` and `true` of a YAML file as a number and a flag: here all is text, as it is written. */
export const asWritten = <T extends z.ZodType>(schema: T): T =>
  schema.meta({ type: ['string', 'number', 'boolean'] });
const text = (maxLength: number) => asWritten(z.string().trim().min(1).max(maxLength));
/** What rules compare with, so that `0042` is no number. */
const word = asWritten(z.string().max(256));
const day = z.iso.date({ error: 'must be a day such as 2026-12-31' });
const days = (least: number, most: number) =>
  z.coerce
    .string()
    .regex(/^\d{1,4}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least).max(most))
    .meta({ type: 'integer', minimum: least, maximum: most, pattern: undefined });
export const flagSchema = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((written) => written === 'true')],
  {
    error: 'must be true or false',
  },
);
const domain = text(254)
  .toLowerCase()
  .regex(/^[^\s@*]+\.[^\s@*.]+$/, 'must be a domain such as example.net; name each subdomain by itself');

/** What must be true of an employee: one test of an attribute, or several conditions together. */
export type Condition =
  | { readonly attribute: string; readonly equals: string }
  | { readonly attribute: string; readonly in: readonly string[] }
  | { readonly attribute: string; readonly prefix: string }
  /** A member of a list. */
  | { readonly attribute: string; readonly contains: string }
  /** Days, such as `2026-12-31`. */
  | { readonly attribute: string; readonly before: string }
  | { readonly attribute: string; readonly after: string }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

const conditionSchema: z.ZodType<Condition> = z
  .lazy(() =>
    z.union(
      [
        z.strictObject({ attribute: text(64), equals: word }),
        z.strictObject({ attribute: text(64), in: z.array(word).min(1) }),
        z.strictObject({ attribute: text(64), prefix: word }),
        z.strictObject({ attribute: text(64), contains: text(256) }),
        z.strictObject({ attribute: text(64), before: day }),
        z.strictObject({ attribute: text(64), after: day }),
        z.strictObject({ all: z.array(conditionSchema) }),
        z.strictObject({ any: z.array(conditionSchema) }),
        z.strictObject({ not: conditionSchema }),
      ],
      {
        error:
          'must be {attribute} with one of equals, in, prefix, contains, before and after; or {all}, {any} or {not}',
      },
    ),
  )
  .meta({ id: 'condition' });

export const licenseSchema = z.union(
  [
    text(256),
    z.strictObject({
      name: text(256),
      subscriptionId: text(128).exactOptional(),
      siteUrl: text(256).exactOptional(),
    }),
  ],
  { error: 'must be a license id, a name, or {name, subscriptionId?, siteUrl?}' },
);

/** A place of Webex Calling: its extensions and numbers are filled from attributes, or are the next free ones. */
const locationSchema = z
  .strictObject({
    locationId: text(256),
    extension: text(128)
      .describe('Digits, with {name} for an attribute; or next-free, with a range.')
      .exactOptional(),
    phoneNumber: text(128)
      .describe(
        'A number with its country code, with {name} for an attribute; or next-free, of the numbers of the location.',
      )
      .exactOptional(),
    range: z
      .string()
      .trim()
      .regex(/^\d{1,10} ?- ?\d{1,10}$/, 'must be a range of extensions, such as 4000-4999')
      .describe('Where the next free extension is chosen from: 4000-4999.')
      .exactOptional(),
  })
  .superRefine((location, context) => {
    const { extension, phoneNumber } = location;
    for (const [member, value] of Object.entries({ extension, phoneNumber })) {
      if (value !== undefined && value !== NEXT_FREE && /^next[-_ ]?free$/i.test(value))
        context.addIssue({ code: 'custom', path: [member], message: `must be written ${NEXT_FREE}` });
    }
    for (const { member, message } of findNextFreeProblems(location))
      context.addIssue({ code: 'custom', path: [member], message });
  });

export const policySchema = z
  .strictObject({
    version: z.union([z.literal(1), z.literal('1').transform(() => 1 as const)], { error: 'must be 1' }),
    manages: z
      .array(licenseSchema)
      .describe(
        'Licenses that an adoption takes over, and that a leaver rule with `reclaim: held` may take, although the policy did not give them.',
      )
      .default([]),
    rules: z
      .array(
        z.strictObject({
          name: text(128),
          when: conditionSchema.describe('Whom the rule fits; everybody, where it is left out.').optional(),
          licenses: z.array(licenseSchema).default([]),
          sites: z.array(text(256).toLowerCase()).default([]),
        }),
      )
      .describe('Each rule that fits gives what it names; their order says nothing.'),
    locations: z
      .record(text(128), locationSchema)
      .describe(
        'Properties of Calling licenses, by the attribute `location`; {name} stands for an attribute.',
      )
      .default({}),
    leavers: z
      .array(
        z.strictObject({
          name: text(128),
          when: conditionSchema.optional(),
          reclaim: z
            .union([z.enum(['granted', 'held']), z.array(licenseSchema).min(1)], {
              error: 'must be "granted", "held", or a list of licenses',
            })
            .describe(
              'What the policy gave; also what is held and managed; or these licenses, whoever gave them.',
            ),
          afterDays: days(0, 365).describe('Local days after the end of the last day.').default(0),
          calling: flagSchema
            .describe(
              'Whether it may take Calling licenses: number, voicemail and forwarding are lost with them.',
            )
            .default(false),
        }),
      )
      .describe(
        'The first rule that fits a leaver and may take a license decides. Without one, the license stays.',
      )
      .default([]),
    joiners: z
      .strictObject({
        beforeDays: days(0, 30)
          .describe('How many local days before the first day a joiner has what the rules give.')
          .default(0),
      })
      .prefault({}),
    movers: z
      .strictObject({
        calling: flagSchema
          .describe('Whether a mover may lose a Calling license that no rule gives any more.')
          .default(false),
      })
      .prefault({}),
    exclusions: z
      .strictObject({
        emails: z.array(emailSchema).default([]),
        domains: z.array(domain).default([]),
        when: conditionSchema.optional(),
      })
      .describe('Who is given nothing. An exclusion neither causes nor stops a removal.')
      .prefault({}),
  })
  .meta({ title: 'Policy', description: 'Who gets which Webex licenses, and what leavers lose.' });

export { PolicyError };

export type Policy = z.output<typeof policySchema>;

/**
 * Reads a policy, YAML or JSON.
 * @throws {PolicyError} with a line number and a reason for each mistake
 */
export const parsePolicy = async (content: string): Promise<Policy> =>
  (await readAs(policySchema, content, 'the policy')).value;
