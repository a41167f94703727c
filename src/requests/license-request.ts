import * as z from 'zod';
import { refuseControls } from '../platform/check-text.ts';
import { emailSchema } from '../platform/email.ts';
import { toPointer } from '../platform/json.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import { isRange, NEXT_FREE, readExtensionRange } from '../webex/extension-range.ts';

/** No `@`: ids are logged, and addresses must not be. */
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

export const requestIdSchema = z
  .string()
  .regex(REQUEST_ID, 'must be 1 to 128 letters, digits or . _ : -, beginning with a letter or digit');

const text = (maxLength: number) => z.string().trim().min(1).max(maxLength);

/** The source of a request, in its sender's words. */
export const sourceSchema = text(64);

const MAX_ITEMS = 50;

/** Of requests that belong together: their removals are approved together, and `GET /batches/{name}` counts them. */
export const batchSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits or . _ -, beginning with a letter or digit',
  );

export const OPERATIONS = ['add', 'remove'] as const;

type ToObject = <S extends z.core.$ZodLooseShape>(shape: S) => z.ZodObject<S, z.core.$strip>;

/** @param object makes an object schema: strict or tolerant of unknown members */
function toRequestSchema(object: ToObject) {
  const person = object({ email: emailSchema.optional(), personId: text(256).optional() }).refine(
    ({ email, personId }) => email !== undefined || personId !== undefined,
    { error: 'must have an email or a personId' },
  );
  const operation = z.enum(OPERATIONS).default('add');
  const licenseReference = z.union(
    [
      text(256),
      object({ name: text(256), subscriptionId: text(128).optional(), siteUrl: text(256).optional() }),
    ],
    { error: 'must be a license id, a license name, or {name, subscriptionId?, siteUrl?}' },
  );
  const licenseItem = object({
    license: licenseReference,
    operation,
    /** Webex Calling only: each Calling license needs a phone number, or an extension with its location. */
    properties: object({
      locationId: text(256).optional(),
      phoneNumber: z
        .string()
        .regex(
          /^(?:next-free|\+?[1-9]\d{6,14})$/,
          'must be an E.164 number, such as +14085550100, or "next-free"',
        )
        .optional(),
      extension: z
        .string()
        .regex(
          /^(?:next-free|\d{1,10})$/,
          'must be a string of digits, without routing prefix, or "next-free"',
        )
        .optional(),
      /** Where the next free extension is chosen from, such as `4000-4999`. */
      range: text(32).optional(),
    }).optional(),
  });
  const siteItem = object({
    siteUrl: text(256).toLowerCase(),
    accountType: z
      .string()
      .trim()
      .toLowerCase()
      .pipe(z.literal('attendee', { error: 'must be "attendee": a host needs the license of the site' }))
      .default('attendee'),
    operation,
  });
  return object({
    version: z.literal(1, { error: 'must be 1' }).default(1),
    requestId: requestIdSchema.optional(),
    person,
    licenses: z.array(licenseItem).max(MAX_ITEMS).default([]),
    siteUrls: z.array(siteItem).max(MAX_ITEMS).default([]),
    effectiveAt: z.iso
      .datetime({ offset: true, error: 'must be an ISO 8601 time with offset, such as 2026-12-01T08:00:00Z' })
      .optional(),
    reason: text(200).optional(),
    source: sourceSchema.optional(),
    batch: batchSchema.optional(),
    orgId: text(256).optional(),
    dryRun: z.boolean().optional(),
    allowCallingRemoval: z.boolean().optional(),
    /** Until when it stands against what the policy says. */
    until: z.iso
      .datetime({ offset: true, error: 'must be an ISO 8601 time with offset, such as 2026-12-01T08:00:00Z' })
      .optional(),
    traceparent: z
      .string()
      .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, 'must be a W3C traceparent')
      .optional(),
  });
}

/** A license request in a stored record. A newer version may have accepted it. */
export const storedLicenseRequestSchema = toRequestSchema(stored);

/**
 * A license request, version 1: the HTTP body, and the message on the queue `license-requests`.
 * Unknown members are refused: a misspelt member must not be ignored.
 */
export const licenseRequestSchema = toRequestSchema(z.strictObject).superRefine((request, context) => {
  refuseControls('reason')(request, context);
  if (request.licenses.length + request.siteUrls.length === 0) {
    context.addIssue({
      code: 'custom',
      path: ['licenses'],
      message: 'must name at least one license, or siteUrls one site',
    });
  }
  const named = new Map<string, string>();
  const claim = (key: string, path: [string, number]) => {
    const first = named.get(key);
    if (first === undefined) named.set(key, toPointer(path));
    else context.addIssue({ code: 'custom', path, message: `is named already at ${first}` });
  };
  request.licenses.forEach(({ license }, index) => {
    // Names are equal without case and spacing, and no two ids differ in case alone.
    claim(JSON.stringify(license).toLowerCase().replace(/\s+/g, ' '), ['licenses', index]);
  });
  request.siteUrls.forEach(({ siteUrl }, index) => {
    claim(siteUrl, ['siteUrls', index]);
  });
  request.licenses.forEach(({ properties }, index) => {
    for (const { member, message } of findNextFreeProblems(properties ?? {}))
      context.addIssue({ code: 'custom', path: ['licenses', index, 'properties', member], message });
  });
  if (JSON.stringify(request).length > MAX_REQUEST_CHARACTERS) {
    context.addIssue({
      code: 'custom',
      path: [],
      message: `must be at most ${MAX_REQUEST_CHARACTERS} characters of JSON`,
    });
  }
});

const MAX_REQUEST_CHARACTERS = 30_000;

export type LicenseRequest = Immutable<z.output<typeof licenseRequestSchema>>;
export type LicenseItem = LicenseRequest['licenses'][number];
export type SiteItem = LicenseRequest['siteUrls'][number];
export type Operation = LicenseItem['operation'];

type CallingProperties = NonNullable<LicenseItem['properties']>;

/** Whether an extension or a number is to be chosen when the request is performed. */
export const asksNextFree = (properties: CallingProperties | undefined): properties is CallingProperties =>
  properties?.extension === NEXT_FREE || properties?.phoneNumber === NEXT_FREE;

/** What is wrong with the members that ask for the next free extension or number. */
export function findNextFreeProblems(
  properties: Partial<
    Readonly<Record<'locationId' | 'extension' | 'phoneNumber' | 'range', string | undefined>>
  >,
): readonly { readonly member: 'extension' | 'locationId' | 'range'; readonly message: string }[] {
  const { locationId, extension, phoneNumber, range } = properties;
  const isAsked = [extension, phoneNumber].includes(NEXT_FREE);
  const read = range === undefined ? undefined : readExtensionRange(range);
  return [
    ...(isAsked && locationId === undefined
      ? [{ member: 'locationId' as const, message: 'is needed for "next-free"' }]
      : []),
    ...(extension === NEXT_FREE && range === undefined
      ? [{ member: 'range' as const, message: 'is needed for extension: next-free, such as 4000-4999' }]
      : []),
    ...(extension !== NEXT_FREE && range !== undefined
      ? [{ member: 'range' as const, message: 'needs extension: next-free' }]
      : []),
    ...(read && !isRange(read) ? [{ member: 'range' as const, message: read.problem }] : []),
  ];
}
