import * as z from 'zod';
import { emailSchema } from '../platform/email.ts';
import { PolicyError } from './policy-error.ts';

const text = (maxLength: number) => z.string().trim().min(1).max(maxLength);
/** What rules compare with: as it is written in the policy, so that `0042` is no number. */
const word = z.string().max(256);
const days = (least: number, most: number) =>
  z.coerce
    .string()
    .regex(/^\d{1,4}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((written) => written === 'true')], {
  error: 'must be true or false',
});
const domain = text(254)
  .toLowerCase()
  .regex(/^[^\s@*]+\.[^\s@*.]+$/, 'must be a domain such as example.net; name each subdomain by itself');

/** What must be true of an employee: one test of an attribute, or several conditions together. */
export type Condition =
  | { readonly attribute: string; readonly equals: string }
  | { readonly attribute: string; readonly in: readonly string[] }
  | { readonly attribute: string; readonly prefix: string }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union(
    [
      z.strictObject({ attribute: text(64), equals: word }),
      z.strictObject({ attribute: text(64), in: z.array(word).min(1) }),
      z.strictObject({ attribute: text(64), prefix: word }),
      z.strictObject({ all: z.array(conditionSchema) }),
      z.strictObject({ any: z.array(conditionSchema) }),
      z.strictObject({ not: conditionSchema }),
    ],
    { error: 'must be {attribute, equals}, {attribute, in}, {attribute, prefix}, {all}, {any} or {not}' },
  ),
);

const licenseSchema = z.union(
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

export const policySchema = z.strictObject({
  version: z.union([z.literal(1), z.literal('1').transform(() => 1 as const)], { error: 'must be 1' }),
  /** The licenses that it may take also from people to whom it did not give them: see `reclaim: held`. */
  manages: z.array(licenseSchema).default([]),
  /** Each that fits grants what it names; their order says nothing. */
  rules: z.array(
    z.strictObject({
      name: text(128),
      when: conditionSchema.optional(),
      licenses: z.array(licenseSchema).default([]),
      sites: z.array(text(256).toLowerCase()).default([]),
    }),
  ),
  /** Of Calling licenses, by the attribute `location`; `{name}` stands for an attribute. */
  locations: z
    .record(
      text(128),
      z.strictObject({
        locationId: text(256),
        extension: text(128).exactOptional(),
        phoneNumber: text(128).exactOptional(),
      }),
    )
    .default({}),
  /** What is reclaimed from a leaver: what was granted, also what is held and managed, or a list; without a rule that fits, nothing. */
  leavers: z
    .array(
      z.strictObject({
        name: text(128),
        when: conditionSchema.optional(),
        reclaim: z.union([z.enum(['granted', 'held']), z.array(licenseSchema).min(1)], {
          error: 'must be "granted", "held", or a list of licenses',
        }),
        afterDays: days(0, 365).default(0),
        /** Number, voicemail and forwarding are lost with a Calling license. */
        calling: flag.default(false),
      }),
    )
    .default([]),
  /** How many local days before the first day a joiner has what the rules give. */
  joiners: z.strictObject({ beforeDays: days(0, 30).default(0) }).prefault({}),
  /** Whether a mover may lose a Calling license that the new rules do not give. */
  movers: z.strictObject({ calling: flag.default(false) }).prefault({}),
  /** Whom the policy leaves alone. */
  exclusions: z
    .strictObject({
      emails: z.array(emailSchema).default([]),
      domains: z.array(domain).default([]),
      when: conditionSchema.optional(),
    })
    .prefault({}),
});

export { PolicyError };

export type Policy = z.output<typeof policySchema>;

/**
 * Reads a policy, YAML or JSON.
 * @throws {PolicyError} with a line number and a reason for each mistake
 */
export async function parsePolicy(content: string): Promise<Policy> {
  const { readYaml } = await import('./yaml.ts');
  const { value, document, lineOf } = readYaml(content);
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map((issue) => {
    const where = [...issue.path].map((part) => (typeof part === 'symbol' ? String(part) : part));
    return `line ${lineOf(findOffset(document, where))}: ${where.join('.') || 'the policy'} ${issue.message}`;
  });
  throw new PolicyError([...new Set(reasons)].join('\n'));
}

/** Where the place of a path begins, or the nearest one above that is there. */
function findOffset(
  document: { getIn(path: unknown[], keep: true): unknown },
  path: readonly unknown[],
): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = z
      .object({ range: z.tuple([z.number()], z.number()) })
      .safeParse(document.getIn(path.slice(0, length), true));
    if (node.success) return node.data.range[0];
  }
  return 0;
}
