import * as z from 'zod';
import { findMeant } from '../platform/nearest.ts';
import { readPhoneNumber } from '../platform/phone-number.ts';
import { foldWords } from '../platform/words.ts';
import { isRange, NEXT_FREE, readExtensionRange } from '../webex/extension-range.ts';
import { toUuid } from '../webex/webex-id.ts';
import { type Api, RefusedCall } from './api.ts';

/** Of a Calling license, as a request has them. */
export interface CallingProperties {
  readonly locationId?: string;
  readonly extension?: string;
  readonly range?: string;
  readonly phoneNumber?: string;
}

export interface NamedLocation {
  readonly id: string;
  readonly name: string;
}

/** The locations of the organization; why they are not known, otherwise. */
export type Locations = readonly NamedLocation[] | { readonly why: string };

/** A text as a request has it, or what is wrong with it; neither of an empty text. */
export interface ReadText {
  readonly value?: string;
  readonly mistake?: string;
}

export const locationsSchema = z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })) });

/** The token may lack the scope: then they are not known. */
export async function readLocations(api: Api): Promise<Locations> {
  try {
    return (await api.get('/locations', locationsSchema)).items;
  } catch (error) {
    if (error instanceof RefusedCall) return { why: error.message.replace(/\.$/, '') };
    throw error;
  }
}

/**
 * The id of a location that is named, or given by its id.
 * @param byId how an id is given where the name does not do, such as `give the id in a column locationId`
 */
export function readLocation(text: string, locations: Locations, byId: string): ReadText {
  if (text === '') return {};
  if (toUuid('LOCATION', text) !== undefined) return { value: text };
  if ('why' in locations) return { mistake: `the locations cannot be read (${locations.why}): ${byId}` };
  const found = locations.filter(({ id, name }) => id === text || foldWords(name) === foldWords(text));
  if (found.length > 1) return { mistake: `${found.length} locations are called "${text}": ${byId}` };
  if (found[0]) return { value: found[0].id };
  const meant = findMeant(
    text,
    locations.map(({ name }) => name),
  );
  const hint = meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : 'see seatline locations';
  return { mistake: `there is no location "${text}": ${hint}` };
}

/** `REMOVE|4711` is Control Hub's word for taking an extension away. */
const isRemoval = (text: string) => foldWords(text).startsWith('remove|');
/** In any case, with a blank or a dash. */
const isNextFree = (text: string) => foldWords(text).replace(' ', '-') === NEXT_FREE;

export function readExtension(text: string): ReadText {
  if (isNextFree(text)) return { value: NEXT_FREE };
  const digits = text.replace(/\s/g, '');
  if (digits === '') return {};
  if (/^\d{1,10}$/.test(digits)) return { value: digits };
  if (isRemoval(text)) return { mistake: `"${text}" takes an extension away, and Calling is added` };
  return {
    mistake: `"${text}" is no extension: it has digits alone, without a routing prefix, or is ${NEXT_FREE}`,
  };
}

export function readNumber(text: string): ReadText {
  if (text === '') return {};
  if (isNextFree(text)) return { value: NEXT_FREE };
  const value = readPhoneNumber(text);
  if (value !== undefined) return { value };
  if (isRemoval(text)) return { mistake: `"${text}" takes a number away, and Calling is added` };
  return {
    mistake: `"${text}" is no number with its country code, such as +14085550100 (spreadsheets drop the +), nor ${NEXT_FREE}`,
  };
}

/** Where a next free extension is chosen from. */
export function readRange(text: string): ReadText {
  if (text === '') return {};
  const read = readExtensionRange(text);
  return isRange(read) ? { value: read.text } : { mistake: read.problem };
}
