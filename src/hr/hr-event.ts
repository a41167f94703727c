import * as z from 'zod';
import { refuseControls } from '../platform/check-text.ts';
import { readDate } from '../platform/dates.ts';
import { emailSchema } from '../platform/email.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import { timeZoneSchema } from '../platform/time-zone.ts';
import { attributeValueSchema } from '../policy/attribute-value.ts';

export const HR_KINDS = ['joiner', 'mover', 'leaver', 'withdrawn', 'deleted', 'ignored'] as const;

const text = (maxLength: number) => z.string().trim().min(1).max(maxLength);
const day = /^\d{4}-\d{2}-\d{2}$/;

/** A day, which begins at midnight where the person is, or an instant. */
export const effectiveSchema = z.union([z.string().regex(day), z.iso.datetime({ offset: true })], {
  error: 'must be a day such as 2026-12-01, or a time with offset such as 2026-12-01T08:00:00Z',
});

/** The same where a person writes it: a day that the calendar does not have, such as 2026-02-30, is refused. */
export const writtenDateSchema = effectiveSchema.refine((written) => readDate(written).kind === 'told', {
  error: 'must be a day that comes, such as 2026-12-01',
});

/** What rules look at, by name, such as `department`, `location` or `groups`. */
export const attributesSchema = z.record(text(64), attributeValueSchema).default({});

/** What every HR system's events become. */
export const hrEventSchema = stored({
  source: text(64),
  /** Given by the HR system, or derived from what it sent. */
  eventId: text(256),
  /** As the HR system calls it. */
  type: text(128),
  kind: z.enum(HR_KINDS),
  employeeId: text(128).exactOptional(),
  email: emailSchema.exactOptional(),
  effective: effectiveSchema.exactOptional(),
  timeZone: timeZoneSchema.exactOptional(),
  /** When HR said so. */
  occurredAt: z.iso.datetime({ offset: true }).exactOptional(),
  attributes: attributesSchema,
  /** What the event says of the whole employment: `null` where it says that there is none. */
  employment: stored({
    status: z.string().max(128).exactOptional(),
    startsOn: effectiveSchema.nullable().exactOptional(),
    endsOn: effectiveSchema.nullable().exactOptional(),
  }).exactOptional(),
  /** What it said and could not be used, beside what was used. */
  notes: z.array(z.string().max(300)).max(20).exactOptional(),
  /** Why it says nothing about licenses, where the settings of its source are why. */
  ignoredBecause: z.string().max(1_000).exactOptional(),
  /** Why it cannot be acted on. */
  failure: z.string().max(1_000).exactOptional(),
});

export type HrEvent = Immutable<z.output<typeof hrEventSchema>>;
export type HrKind = HrEvent['kind'];

/**
 * Our own webhook, version 1, for systems that can choose what they send: signed by Standard Webhooks. One event
 * of one person.
 */
export const standardHrEventSchema = z
  .strictObject({
    version: z.literal(1).default(1),
    type: z.enum(['joiner', 'mover', 'leaver', 'withdrawn']),
    employee: z
      .strictObject({ id: text(128).exactOptional(), email: emailSchema.exactOptional() })
      .refine(({ id, email }) => id !== undefined || email !== undefined, 'must have an id or an email'),
    effective: effectiveSchema.exactOptional(),
    saidAt: z.iso
      .datetime({ offset: true })
      .meta({
        description:
          'When HR said so, where that is not when it is sent: of two statements the newer counts.',
      })
      .exactOptional(),
    timeZone: timeZoneSchema.exactOptional(),
    attributes: attributesSchema,
  })
  .superRefine(refuseControls('attributes'))
  .meta({
    title: 'HR event',
    description: 'Somebody joins, moves or leaves; or what was said of them is withdrawn.',
  });

export type StandardHrEvent = z.output<typeof standardHrEventSchema>;
