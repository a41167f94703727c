import { findNearest } from '../../platform/nearest.ts';
import { readPhoneNumber } from '../../platform/phone-number.ts';
import { foldWords } from '../../platform/words.ts';
import type { Column } from './columns.ts';
import { type Mistake, toCell } from './rows.ts';
import type { TableRow } from './table.ts';

/** Of a Calling license, as a request has them. */
export interface Properties {
  readonly locationId?: string;
  readonly extension?: string;
  readonly phoneNumber?: string;
}

/** The locations of the organization; why they are not known, otherwise. */
export type Locations = readonly { readonly id: string; readonly name: string }[] | { readonly why: string };

type Read = { readonly value?: string; readonly mistake?: string };

/**
 * Location, extension and number of a row. They matter only where a Calling license is added: what is wrong with them is
 * a mistake only there.
 */
export function readProperties(
  columns: readonly Column[],
  row: TableRow,
  locations: Locations,
): {
  readonly properties: Properties;
  readonly mistakes: readonly Mistake[];
  /** As a person reads them, such as `extension 4711 at Berlin`. */
  readonly line: string;
} {
  const id = toCell(columns, row, 'locationId');
  const place = id === '' ? readLocation(toCell(columns, row, 'location'), locations) : { value: id };
  const extension = readExtension(toCell(columns, row, 'extension'));
  const number = readNumber(toCell(columns, row, 'phoneNumber'));
  const toHeading = (role: string) =>
    columns.find(({ meaning }) => meaning.kind === 'role' && meaning.role === role)?.heading ?? role;
  const mistakes = [
    { role: 'location', read: place },
    { role: 'extension', read: extension },
    { role: 'phoneNumber', read: number },
  ].flatMap(({ role, read: { mistake } }) =>
    mistake === undefined ? [] : [{ heading: toHeading(role), text: mistake }],
  );
  const properties = {
    ...(place.value && { locationId: place.value }),
    ...(extension.value && { extension: extension.value }),
    ...(number.value && { phoneNumber: number.value }),
  };
  const parts = [
    properties.extension && `extension ${properties.extension}`,
    properties.phoneNumber,
    properties.locationId && `at ${toCell(columns, row, 'location') || 'its location'}`,
  ];
  return { properties, mistakes, line: parts.filter(Boolean).join(' ') };
}

function readLocation(cell: string, locations: Locations): Read {
  if (cell === '') return {};
  if ('why' in locations)
    return {
      mistake: `the locations cannot be read (${locations.why}): give the id in a column locationId instead`,
    };
  const found = locations.filter(({ id, name }) => id === cell || foldWords(name) === foldWords(cell));
  if (found.length > 1)
    return { mistake: `${found.length} locations are called "${cell}": give the id in a column locationId` };
  if (found[0]) return { value: found[0].id };
  const nearest = findNearest(
    cell,
    locations.map(({ name }) => name),
  );
  return { mistake: `there is no location "${cell}"${nearest ? `: did you mean ${nearest}?` : ''}` };
}

/** `REMOVE|4711` is Control Hub's word for taking an extension away. */
const isRemoval = (cell: string) => foldWords(cell).startsWith('remove|');

function readExtension(cell: string): Read {
  const digits = cell.replace(/\s/g, '');
  if (digits === '' || /^\d{1,10}$/.test(digits)) return { value: digits };
  if (isRemoval(cell)) return { mistake: `"${cell}" takes an extension away, and the row adds Calling` };
  return { mistake: `"${cell}" is no extension: it has digits alone, without a routing prefix` };
}

function readNumber(cell: string): Read {
  const value = readPhoneNumber(cell);
  if (cell === '' || value !== undefined) return value === undefined ? {} : { value };
  if (isRemoval(cell)) return { mistake: `"${cell}" takes a number away, and the row adds Calling` };
  return {
    mistake: `"${cell}" is no number with its country code, such as +14085550100 (spreadsheets drop the +)`,
  };
}
