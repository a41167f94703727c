import * as z from 'zod';
import { toPathSegment } from '../platform/path-segment.ts';
import { type Asked, ask, type Shape, toQuery } from './ask.ts';
import { toUncertainFailure, WebexFailure } from './errors/failure.ts';
import { optionalText, readableRows } from './lenient.ts';
import type { Transport, WebexCall } from './transport.ts';

/** A place of Webex Calling: its extensions are its own. */
export interface CallingLocation {
  readonly orgId: string | undefined;
  readonly locationId: string;
}

interface AskOptions {
  readonly deadline?: Date | undefined;
}

/** The calls by which Webex tells which extensions and numbers are free. All throw {@link WebexFailure}. */
export interface WebexNumbers {
  /**
   * Which of at most twenty extensions are free at a location: nothing has them, be it a person, a call park or a queue.
   * Source: https://developer.webex.com/calling/docs/api/v1/locations/validate-extensions
   */
  validateExtensions(
    location: CallingLocation,
    extensions: readonly string[],
    options?: AskOptions,
  ): Promise<readonly string[]>;
  /**
   * The numbers and extensions of a location, all pages; with `isAvailable`, those that nothing has.
   * Source: https://developer.webex.com/calling/docs/api/v1/numbers/get-phone-numbers-for-an-organization-with-given-criterias
   */
  list(
    location: CallingLocation,
    options?: AskOptions & { readonly isAvailable?: boolean },
  ): Promise<readonly CallingNumber[]>;
}

/** As many extensions are validated by one call. */
export const VALIDATED_AT_ONCE = 20;
const PAGE = 2_000;
/** More numbers than any location has. */
const MAX_PAGES = 50;

const validationSchema = z.object({
  extensionStatus: z.array(z.looseObject({ extension: z.string(), state: z.string() })),
});

const flag = z.boolean().nullish().catch(undefined);
const numberSchema = z.looseObject({
  phoneNumber: optionalText,
  extension: optionalText,
  state: optionalText,
  location: z.looseObject({ id: optionalText }).nullish().catch(undefined),
  owner: z.looseObject({}).nullish().catch(undefined),
  isReservedNumber: flag,
  isServiceNumber: flag,
  tollFreeNumber: flag,
  mainNumber: flag,
});
export type CallingNumber = z.output<typeof numberSchema>;

const numbersSchema = z.object({ phoneNumbers: z.array(z.unknown()) }).transform(({ phoneNumbers }) => ({
  rows: phoneNumbers.length,
  numbers: readableRows(numberSchema).parse(phoneNumbers) ?? [],
}));

export function createWebexNumbers(transport: Transport): WebexNumbers {
  return {
    async validateExtensions({ orgId, locationId }, extensions, { deadline } = {}) {
      const path = `/telephony/config/locations/${toLocationSegment(locationId)}/actions/validateExtensions/invoke`;
      const call = { method: 'POST' as const, path: `${path}${toQuery({ orgId })}`, body: { extensions } };
      const { value, answer } = await askAt(transport, { ...call, deadline }, validationSchema);
      const stateOf = new Map(value.extensionStatus.map(({ extension, state }) => [extension, state]));
      // What it does not tell is not known to be free.
      if (!extensions.some((extension) => stateOf.has(extension)))
        throw toUncertainFailure('unreadable-answer', 'no state of any extension', answer.trackingId);
      return extensions.filter((extension) => stateOf.get(extension)?.toUpperCase() === 'VALID');
    },

    async list({ orgId, locationId }, { deadline, isAvailable } = {}) {
      const found: CallingNumber[] = [];
      let start = 0;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const query = toQuery({
          ...{ orgId, locationId, max: `${PAGE}`, start: `${start}` },
          available: isAvailable ? 'true' : undefined,
        });
        const call = { method: 'GET' as const, path: `/telephony/config/numbers${query}`, deadline };
        const { rows, numbers } = (await askAt(transport, call, numbersSchema)).value;
        found.push(...numbers);
        start += rows;
        if (rows < PAGE) return found;
      }
      throw toUncertainFailure('unreadable-answer', 'more pages of numbers than a location has', undefined);
    },
  };
}

/** A refusal concerns the location that is asked for, and not the organization. */
async function askAt<T>(transport: Transport, call: WebexCall, shape: Shape<T>): Promise<Asked<T>> {
  try {
    return await ask(transport, call, shape, 'license');
  } catch (error) {
    if (!(error instanceof WebexFailure) || error.status !== 404) throw error;
    const { trackingId } = error;
    throw toUnknownLocation({ status: 404, ...(trackingId !== undefined && { trackingId }) });
  }
}

const toUnknownLocation = (evidence: { readonly status?: number; readonly trackingId?: string } = {}) =>
  new WebexFailure({
    ...{ condition: 'location-unknown', remedy: 'permanent', errors: [], ...evidence },
    advice: 'Webex does not know the location: correct properties.locationId.',
  });

/** @throws {WebexFailure} where the id would lead to another place */
function toLocationSegment(locationId: string): string {
  const segment = toPathSegment(locationId);
  if (segment !== undefined) return segment;
  throw toUnknownLocation();
}

/**
 * The number in a row of the list where it may be given to a person: active, and not the main number, reserved, for a
 * service or toll-free. Several requirements of telephone law hang on these.
 */
export function toPersonalNumber(row: CallingNumber): string | undefined {
  const { phoneNumber, state, owner, isReservedNumber, isServiceNumber, tollFreeNumber, mainNumber } = row;
  const isSpecial = [isReservedNumber, isServiceNumber, tollFreeNumber, mainNumber].some(Boolean);
  const hasOwner = owner !== null && owner !== undefined && Object.keys(owner).length > 0;
  if (isSpecial || hasOwner || state?.toUpperCase() !== 'ACTIVE') return undefined;
  return phoneNumber ?? undefined;
}
