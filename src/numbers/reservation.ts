import * as z from 'zod';
import { sha256 } from '../platform/sha256.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import { type ExtensionRange, isInRange } from '../webex/extension-range.ts';
import { toCanonicalId } from '../webex/webex-id.ts';

export const NUMBER_KINDS = ['extension', 'phoneNumber'] as const;
export type NumberKind = (typeof NUMBER_KINDS)[number];

/** The numbers of one kind at one location, of which the next free one is chosen. */
export interface NumberPool {
  readonly orgId: string | undefined;
  readonly locationId: string;
  readonly kind: NumberKind;
  /** Of extensions. */
  readonly range: ExtensionRange | undefined;
}

const date = z.coerce.date();

/**
 * What is known here of one extension or phone number:
 * - `reserved`: a request will ask for it, or has asked and its answer is not known
 * - `given`: Webex confirmed it for a person
 * - `refused`: Webex said that it is taken
 */
export const numberReservationSchema = stored({
  orgId: z.string().exactOptional(),
  locationId: z.string(),
  kind: z.enum(NUMBER_KINDS),
  number: z.string(),
  state: z.enum(['reserved', 'given', 'refused']),
  /** The request, and the place of its item among its results. */
  requestId: z.string(),
  item: z.number(),
  /** Of a number that was given. */
  personId: z.string().exactOptional(),
  /** Since when it is in this state. */
  at: date,
  /** When the sweep looks at it; absent for a number that was given. */
  checkAt: date.exactOptional(),
});
export type NumberReservation = Immutable<z.output<typeof numberReservationSchema>>;

export interface StoredNumberReservation extends NumberReservation {
  readonly version: string;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The lists of Webex may lag behind a change: for so long, what is noted here decides beside them. */
const LAG_MS = HOUR_MS;
/** Where Webex does not tell what is free, a number that it refused is tried again after this. */
const REFUSED_FOR_MS = 24 * HOUR_MS;
/** The request of a reservation is looked at after this, and then as long again as the reservation has lasted. */
const FIRST_CHECK_MS = 15_000;
const MAX_CHECK_MS = 15 * MINUTE_MS;

/**
 * Whether a number cannot be chosen by what is noted here.
 * @param isTold whether Webex tells what is free: then it decides about numbers that were given or refused a while ago
 */
export function isTakenHere({ state, at }: NumberReservation, isTold: boolean, now: Date): boolean {
  const ageMs = now.getTime() - at.getTime();
  if (state === 'reserved') return true;
  if (isTold) return ageMs < LAG_MS;
  return state === 'given' || ageMs < REFUSED_FOR_MS;
}

/** Whom a number is reserved for. */
export interface NumberClaim {
  readonly requestId: string;
  readonly item: number;
}

export const toReserved = (
  { orgId, locationId, kind }: NumberPool,
  number: string,
  { requestId, item }: NumberClaim,
  now: Date,
): NumberReservation => ({
  ...(orgId !== undefined && { orgId }),
  ...{ locationId, kind, number, state: 'reserved', requestId, item, at: now },
  checkAt: new Date(now.getTime() + FIRST_CHECK_MS),
});

export function toGiven<R extends NumberReservation>(
  { checkAt: _done, ...reservation }: R,
  personId: string | undefined,
  now: Date,
) {
  return { ...reservation, state: 'given' as const, at: now, ...(personId !== undefined && { personId }) };
}

export const toRefused = <R extends NumberReservation>(reservation: R, now: Date): R => ({
  ...reservation,
  state: 'refused',
  at: now,
  checkAt: new Date(now.getTime() + REFUSED_FOR_MS),
});

/** The reservation of a request that is still open, with the time of the next look at it. */
export function toCheckedLater<R extends NumberReservation>(reservation: R, now: Date): R {
  const ageMs = now.getTime() - reservation.at.getTime();
  const delayMs = Math.min(MAX_CHECK_MS, Math.max(FIRST_CHECK_MS, ageMs));
  return { ...reservation, checkAt: new Date(now.getTime() + delayMs) };
}

/** One key for each location and kind, however the location is spelled. */
export const toPoolKey = ({
  orgId = '',
  locationId,
  kind,
}: Pick<NumberPool, 'locationId' | 'kind'> & { readonly orgId?: string | undefined }): string =>
  sha256(JSON.stringify([orgId, toCanonicalId('LOCATION', locationId), kind])).slice(0, 24);

export const isOfPool = (reservation: NumberReservation, pool: NumberPool): boolean =>
  toPoolKey(reservation) === toPoolKey(pool) &&
  (pool.range === undefined || isInRange(pool.range, reservation.number));
