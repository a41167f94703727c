import * as z from 'zod';
import { type Immutable, stored } from '../../platform/stored.ts';

const ITEM_RESULTS = ['wanted', 'assigned', 'removed', 'pending', 'planned', 'superseded', 'failed'] as const;

const date = z.coerce.date();

/**
 * The result of one item of a request, a license or a meeting site:
 * - `wanted`: still open
 * - `assigned`, `removed`: done
 * - `pending`: a person outside the organization must accept it first
 * - `planned`: a dry run would send it to Webex
 * - `superseded`: a newer request wins: see `by`
 * - `failed`: see `condition`
 */
export const itemResultSchema = stored({
  result: z.enum(ITEM_RESULTS),
  /** The license that the name resolved to: a later attempt uses the same one. */
  licenseId: z.string().exactOptional(),
  /** For a removal of several licenses: those that are removed so far. */
  licenseIds: z.array(z.string()).exactOptional(),
  /** The names of these licenses, in their order, each with its subscription and site. */
  licenses: z
    .array(
      stored({
        name: z.string(),
        subscriptionId: z.string().exactOptional(),
        siteUrl: z.string().exactOptional(),
      }),
    )
    .exactOptional(),
  /** Of a Calling license that was asked for with `next-free`: the chosen extension and number. */
  properties: stored({
    locationId: z.string().exactOptional(),
    extension: z.string().exactOptional(),
    phoneNumber: z.string().exactOptional(),
  }).exactOptional(),
  /** The name of the location that was asked for, where it is known. */
  locationName: z.string().exactOptional(),
  /** For an open item: the licenses without a free seat, any of which would do. */
  seatsOf: z.array(z.string()).exactOptional(),
  /** False where the person had it, or did not have it, before this request. */
  changed: z.boolean().exactOptional(),
  /** The request that superseded it. */
  by: z.string().exactOptional(),
  condition: z.string().exactOptional(),
  /** While it needs approval: under which cause, and since when. */
  cause: z.string().exactOptional(),
  heldSince: date.exactOptional(),
  /** Webex's error code. */
  code: z.number().exactOptional(),
  detail: z.string().exactOptional(),
  trackingId: z.string().exactOptional(),
});
export type ItemResult = Immutable<z.output<typeof itemResultSchema>>;

/** The condition of an open item whose license may be missing only because the catalogue was incomplete. */
export const CATALOGUE_INCOMPLETE = 'catalogue-incomplete';

/** The condition of an open removal beyond the limits, and of what cannot go without it. */
export const NEEDS_APPROVAL = 'needs-approval';

/** Whether an item waits for approval. */
export const isHeld = ({ result, condition }: Pick<ItemResult, 'result' | 'condition'>): boolean =>
  result === 'wanted' && condition === NEEDS_APPROVAL;

/** The condition of an open item that an operator has paused. */
export const PAUSED_BY_OPERATOR = 'paused-by-operator';

/** The conditions of an open item without a free extension, or a free phone number, of its location. */
export const NO_EXTENSION = 'no-extension';
export const NO_PHONE_NUMBER = 'no-phone-number';
/** Webex does not tell which phone numbers are free, because the token lacks a scope. */
export const NUMBERS_NOT_TOLD = 'phone-numbers-not-told';
export const NO_NUMBER_REASONS = [NO_EXTENSION, NO_PHONE_NUMBER, NUMBERS_NOT_TOLD] as const;
export type NoNumberReason = (typeof NO_NUMBER_REASONS)[number];

/** The licenses that an item is known to have removed. */
export const toRemovedLicenses = ({
  result,
  licenseId,
  licenseIds,
  changed,
}: ItemResult): readonly string[] =>
  licenseIds ?? (result === 'removed' && licenseId !== undefined && changed !== false ? [licenseId] : []);
