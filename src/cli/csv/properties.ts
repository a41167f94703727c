import { NEXT_FREE } from '../../webex/extension-range.ts';
import {
  type CallingProperties,
  type Locations,
  readExtension,
  readLocation,
  readNumber,
  readRange,
} from '../calling-properties.ts';
import type { Column, Role } from './columns.ts';
import { type Mistake, toCell } from './rows.ts';
import type { TableRow } from './table.ts';

/**
 * Location, extension and number of a row. They matter only where a Calling license is added: what is wrong with them is
 * a mistake only there.
 */
export function readProperties(
  columns: readonly Column[],
  row: TableRow,
  locations: Locations,
): {
  readonly properties: CallingProperties;
  readonly mistakes: readonly Mistake[];
  /** As a person reads them, such as `extension 4711 at Berlin`. */
  readonly line: string;
} {
  const of = (role: Role) => toCell(columns, row, role);
  const id = of('locationId');
  const place =
    id === ''
      ? readLocation(of('location'), locations, 'give the id in a column locationId instead')
      : { value: id };
  const extension = readExtension(of('extension'));
  const number = readNumber(of('phoneNumber'));
  // A range beside an extension that is given says nothing.
  const range = extension.value === NEXT_FREE ? readRange(of('range')) : {};
  const isAsked = [extension.value, number.value].includes(NEXT_FREE);
  const read: readonly (readonly [Role, string | undefined])[] = [
    ['location', place.mistake],
    ['extension', extension.mistake],
    ['phoneNumber', number.mistake],
    ['range', range.mistake],
    ['location', isAsked && !place.value && !place.mistake ? `${NEXT_FREE} needs a location` : undefined],
    ['range', extension.value === NEXT_FREE && of('range') === '' ? NEEDS_RANGE : undefined],
  ];
  const toHeading = (role: Role) =>
    columns.find(({ meaning }) => meaning.kind === 'role' && meaning.role === role)?.heading ?? role;
  const properties = {
    ...(place.value && { locationId: place.value }),
    ...(extension.value && { extension: extension.value }),
    ...(range.value && { range: range.value }),
    ...(number.value && { phoneNumber: number.value }),
  };
  const parts = [
    properties.extension && `extension ${properties.extension}`,
    properties.range && `of ${properties.range}`,
    properties.phoneNumber && (properties.extension ? `, ${toNumber(properties)}` : toNumber(properties)),
    properties.locationId && `at ${of('location') || 'its location'}`,
  ];
  const mistakes = read.flatMap(([role, text]) =>
    text === undefined ? [] : [{ heading: toHeading(role), text }],
  );
  return {
    // The app would refuse the request for what is wrong, also where the person has a line already.
    properties: mistakes.length > 0 ? {} : properties,
    mistakes,
    line: parts.filter(Boolean).join(' ').replace(' ,', ','),
  };
}

const NEEDS_RANGE = `${NEXT_FREE} needs a column range with the extensions to choose from, such as 4000-4999`;

const toNumber = ({ phoneNumber }: CallingProperties) =>
  phoneNumber === NEXT_FREE ? `number ${NEXT_FREE}` : phoneNumber;
