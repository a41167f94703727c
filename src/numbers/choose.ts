import type { Clock } from '../platform/clock.ts';
import { VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { LicenseItem } from '../requests/license-request.ts';
import {
  NO_EXTENSION,
  NO_PHONE_NUMBER,
  type NoNumberReason,
  NUMBERS_NOT_TOLD,
} from '../requests/record/item-result.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import { isRange, NEXT_FREE, readExtensionRange } from '../webex/extension-range.ts';
import type { FindFree } from './find-free.ts';
import type { NumberReservations } from './ports.ts';
import {
  isOfPool,
  isTakenHere,
  type NumberClaim,
  type NumberKind,
  type NumberPool,
  type StoredNumberReservation,
  toReserved,
} from './reservation.ts';
import type { FindOptions } from './told-numbers.ts';

export interface ChooseDeps {
  readonly reservations: NumberReservations;
  readonly findFree: FindFree;
  readonly clock: Clock;
}

type Properties = NonNullable<LicenseItem['properties']>;

/** The properties of a Calling license as they are sent: `next-free` is replaced. */
export type ChosenProperties = Omit<Properties, 'range'>;

/** An item that asks for the next free extension or number. */
export interface NumberAsker extends NumberClaim {
  readonly orgId: string | undefined;
  readonly properties: Properties;
  readonly deadline?: Date | undefined;
}

export type Chosen =
  | { readonly kind: 'chosen'; readonly properties: ChosenProperties }
  | { readonly kind: 'none'; readonly condition: NoNumberReason };

/** The pools of which an item asks for the next free number. */
export function toPools(orgId: string | undefined, properties: Properties): readonly NumberPool[] {
  const { locationId, extension, phoneNumber, range: text = '' } = properties;
  if (locationId === undefined) return [];
  const read = readExtensionRange(text);
  const pool = (kind: NumberKind) => ({ orgId, locationId, kind, range: undefined });
  return [
    ...(extension === NEXT_FREE && isRange(read) ? [{ ...pool('extension'), range: read }] : []),
    ...(phoneNumber === NEXT_FREE ? [pool('phoneNumber')] : []),
  ];
}

/**
 * Chooses the next free extension and number for an item, and reserves them: no other request gets them. The same request gets
 * its own reservation again.
 * @throws {WebexFailure} where Webex cannot be asked, or after too many version conflicts
 */
export async function chooseNumbers(deps: ChooseDeps, asker: NumberAsker): Promise<Chosen> {
  const { range: _chosenFrom, ...properties } = asker.properties;
  const chosen: Record<string, string> = {};
  const own = await deps.reservations.ofRequest(asker.requestId);
  for (const pool of toPools(asker.orgId, asker.properties)) {
    const known = own.find(({ item, ...one }) => item === asker.item && isOfPool({ item, ...one }, pool));
    const number = known?.number ?? (await reserveFirst(deps, pool, asker));
    if (typeof number !== 'string') return { kind: 'none', condition: number.condition };
    chosen[pool.kind] = number;
  }
  return { kind: 'chosen', properties: { ...properties, ...chosen } };
}

/** Each conflict means that another instance reserved a number. */
const MAX_ROUNDS = 5;
/** In each round: candidates that another instance reserved meanwhile. */
const MAX_CANDIDATES = 20;

async function reserveFirst(
  deps: ChooseDeps,
  pool: NumberPool,
  asker: NumberAsker,
): Promise<string | Extract<Chosen, { kind: 'none' }>> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { deadline } = asker;
    const { free, isTold } = await findFreeHere(deps, pool, { wanted: 1, deadline });
    if (free.length === 0) return { kind: 'none', condition: toCondition(pool, isTold) };
    const number = await reserveOneOf(deps, pool, free.slice(0, MAX_CANDIDATES), asker);
    if (number !== undefined) return number;
  }
  throw new WebexFailure({ condition: 'numbers-contended', remedy: 'retry', errors: [] });
}

const toCondition = ({ kind }: NumberPool, isTold: boolean) => {
  if (kind === 'extension') return NO_EXTENSION;
  return isTold ? NO_PHONE_NUMBER : NUMBERS_NOT_TOLD;
};

/** A number that may be reserved, and what is noted of it. */
export interface FreeNumber {
  readonly number: string;
  readonly noted: StoredNumberReservation | undefined;
}

/** The free numbers of a pool, by Webex and by what is noted here. @throws {WebexFailure} */
export async function findFreeHere(
  { reservations, findFree, clock }: ChooseDeps,
  pool: NumberPool,
  options: FindOptions,
): Promise<{
  readonly free: readonly FreeNumber[];
  readonly isTold: boolean;
  readonly noted: readonly StoredNumberReservation[];
}> {
  const noted = new Map((await reservations.ofPool(pool)).map((one) => [one.number, one] as const));
  const toTaken = (isTold: boolean) =>
    new Set(
      [...noted.values()].filter((one) => isTakenHere(one, isTold, clock())).map(({ number }) => number),
    );
  const { numbers, isTold } = await findFree.find(pool, toTaken(true), options);
  const taken = toTaken(isTold);
  return {
    isTold,
    noted: [...noted.values()],
    free: numbers
      .filter((number) => !taken.has(number))
      .map((number) => ({ number, noted: noted.get(number) })),
  };
}

/** Reserves the first number that no other request reserves meanwhile; undefined where there is none. */
export async function reserveOneOf(
  { reservations, clock }: ChooseDeps,
  pool: NumberPool,
  free: readonly FreeNumber[],
  claim: NumberClaim,
): Promise<string | undefined> {
  for (const { number, noted } of free) {
    const reserved = toReserved(pool, number, claim, clock());
    const written = await reservations.write(noted ? { ...reserved, version: noted.version } : reserved);
    if (written !== VERSION_CONFLICT) return number;
  }
  return undefined;
}
