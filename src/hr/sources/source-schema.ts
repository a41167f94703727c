import * as z from 'zod';
import { isDateFormat } from '../../platform/dates.ts';
import { timeZoneSchema } from '../../platform/time-zone.ts';
import { type Preset, SCHEMES } from './schemes.ts';
import { type Scheme, type SignatureScheme, toKey } from './verify.ts';

/** Shorter ones can be tried out; and what is no base64 decodes to few bytes or none, by which anybody could sign. */
const MIN_KEY_BYTES = 16;
const isKey = (secret: string) =>
  z.base64().safeParse(secret.replace(/^whsec_/, '')).success &&
  toKey(secret, 'base64').length >= MIN_KEY_BYTES;

/** A header that the signature does not cover proves nothing: with another id, a request that was seen once would count again. */
const findUnsigned = ({
  signed,
  idHeader,
  timestampHeader,
}: SignatureScheme): readonly [string, string][] => [
  ...((idHeader === undefined) === signed.includes('{id}')
    ? [['idHeader', 'must be given where "signed" has {id}, and only there'] as [string, string]]
    : []),
  ...((timestampHeader === undefined) === signed.includes('{timestamp}')
    ? [
        ['timestampHeader', 'must be given where "signed" has {timestamp}, and only there'] as [
          string,
          string,
        ],
      ]
    : []),
];

/** The schema of one source in HR_SOURCES. It is built on demand, so that an app without sources starts sooner. */
export function createSourceSchema() {
  const header = z
    .string()
    .regex(/^[A-Za-z0-9-]+$/)
    .toLowerCase();
  const pointer = z.string().regex(/^(\/[^/]*)*$/, 'must be a JSON pointer, such as /worker/email');

  const verifierSchema = z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('signature'),
      algorithm: z.enum(['sha256', 'sha512']).default('sha256'),
      encoding: z.enum(['hex', 'base64', 'base64url']).default('hex'),
      header,
      prefix: z.string().default(''),
      separator: z.string().default(''),
      signed: z.string().includes('{body}').default('{body}'),
      idHeader: header.optional(),
      timestampHeader: header.optional(),
      toleranceSeconds: z.number().int().min(1).max(3_600).default(300),
      secretEncoding: z.enum(['text', 'base64']).default('text'),
    }),
    z.strictObject({
      kind: z.literal('token'),
      header: header.default('authorization'),
      prefix: z.string().default('Bearer '),
    }),
  ]);

  return z
    .strictObject({
      preset: z.enum(Object.keys(SCHEMES) as [Preset, ...Preset[]]),
      /** All that are active: a new one is added before the old one goes. */
      secrets: z.array(z.string().min(8)).min(1).max(5),
      /** In place of the preset's. */
      verifier: verifierSchema.optional(),
      timeZone: timeZoneSchema.default('UTC'),
      /** Names of attributes that are kept beside those that the policy reads, such as for a policy to come. */
      attributes: z.array(z.string().trim().min(1).max(64)).max(200).default([]),
      /** How the source writes dates, beside ISO 8601. */
      dates: z
        .array(
          z
            .string()
            .max(64)
            .refine(
              isDateFormat,
              'must be odata, or a whole date in tokens such as dd.MM.yyyy or MM/dd/yyyy',
            ),
        )
        .max(5)
        .default([]),
      /** Of `generic`: where in the body things are, and what its types mean. */
      fields: z
        .strictObject({
          type: pointer,
          eventId: pointer.optional(),
          employeeId: pointer.optional(),
          email: pointer.optional(),
          effective: pointer.optional(),
          /** When HR said it: a time with offset, or in a format of `dates`. */
          saidAt: pointer.optional(),
          attributes: z.record(z.string(), pointer).default({}),
        })
        .optional(),
      kinds: z
        .strictObject({
          joiner: z.array(z.string()).default([]),
          mover: z.array(z.string()).default([]),
          leaver: z.array(z.string()).default([]),
          withdrawn: z.array(z.string()).default([]),
        })
        .optional(),
      /** Of `bamboohr` and `hibob`: how to ask who an employee is. */
      api: z.strictObject({ url: z.url(), user: z.string().min(1), password: z.string() }).optional(),
    })
    .superRefine(({ preset, verifier, secrets }, context) => {
      const scheme: Scheme = verifier ?? SCHEMES[preset];
      for (const [path, message] of scheme.kind === 'signature' ? findUnsigned(scheme) : [])
        context.addIssue({ code: 'custom', path: ['verifier', path], message });
      if (scheme.kind === 'token' || scheme.secretEncoding === 'text') return;
      for (const [index, secret] of secrets.entries()) {
        if (isKey(secret)) continue;
        const message = `must be base64 of ${MIN_KEY_BYTES} bytes or more`;
        context.addIssue({ code: 'custom', path: ['secrets', index], message });
      }
    });
}

/** One source of HR_SOURCES, as configured. */
export type SourceConfig = z.output<ReturnType<typeof createSourceSchema>>;
