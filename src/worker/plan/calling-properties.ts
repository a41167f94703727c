import type { ChosenProperties } from '../../numbers/choose.ts';
import { asksNextFree, type LicenseItem } from '../../requests/license-request.ts';
import type { ItemResult } from '../../requests/record/item-result.ts';
import { NEXT_FREE } from '../../webex/extension-range.ts';
import type { Person } from '../../webex/user-licenses.ts';
import { toUuid } from '../../webex/webex-id.ts';

/** The number, extension and location of a person, by a look-up with `callingData`. */
export type CallingLine = Pick<Person, 'extension' | 'locationId' | 'phoneNumbers'>;

type Properties = NonNullable<LicenseItem['properties']>;
type Name = (typeof NAMES)[number];

const NAMES = ['phoneNumber', 'extension', 'locationId'] as const;
const LABELS = { phoneNumber: 'phone number', extension: 'extension', locationId: 'location' } as const;

/**
 * Compares the properties of a held Calling license with the requested ones. They are not changed, since a number is not
 * moved silently.
 * @param line undefined where Webex told nothing of it
 */
export function compareProperties(
  properties: Properties,
  line: CallingLine | undefined,
): Pick<ItemResult, 'condition' | 'detail'> {
  // Any number is the next free one of the moment at which it was chosen.
  const asked = NAMES.filter((name) => properties[name] && properties[name] !== NEXT_FREE);
  const isDifferent = (name: Name) => isAlike(name, properties[name] ?? '', line) === false;
  const isUntold = (name: Name) => isAlike(name, properties[name] ?? '', line) === undefined;
  const different = asked.filter(isDifferent).map((name) => LABELS[name]);
  if (different.length > 0) {
    return {
      condition: 'properties-differ',
      detail: `The person holds this license with another ${different.join(' and ')}, and keeps it: an administrator can change it in Control Hub, under Calling of the user.`,
    };
  }
  const untold = asked.filter(isUntold).map((name) => LABELS[name]);
  if (untold.length === 0) return {};
  return {
    condition: 'properties-not-compared',
    detail: `The person holds this license, and Webex does not tell its ${untold.join(' and ')}: an administrator can compare it in Control Hub, under Calling of the user.`,
  };
}

/** Undefined where Webex does not tell the property. */
function isAlike(name: Name, asked: string, line: CallingLine | undefined): boolean | undefined {
  if (name === 'phoneNumber') {
    const numbers = line?.phoneNumbers?.map(({ value }) => toDigits(value)) ?? [];
    return numbers.length === 0 ? undefined : numbers.includes(toDigits(asked));
  }
  const told = line?.[name] || undefined;
  if (told === undefined) return undefined;
  return name === 'extension' ? told === asked : toLocation(told) === toLocation(asked);
}

const toDigits = (number: string) => number.replace(/\D/g, '');

const toLocation = (id: string) => toUuid('LOCATION', id) ?? id.replace(/(?<!=)=+$/, '');

/** The members of chosen properties that are there. */
export const toKnownProperties = ({
  locationId,
  extension,
  phoneNumber,
}: ChosenProperties): NonNullable<ItemResult['properties']> => ({
  ...(locationId !== undefined && { locationId }),
  ...(extension !== undefined && { extension }),
  ...(phoneNumber !== undefined && { phoneNumber }),
});

/** The extension and number that a person has who holds the license already, where the next free ones were asked for. */
export function toHeldNumbers(
  properties: Properties | undefined,
  line: CallingLine | undefined,
): Pick<ItemResult, 'properties'> {
  if (!asksNextFree(properties)) return {};
  const { extension, locationId = properties.locationId, phoneNumbers } = line ?? {};
  const phoneNumber = phoneNumbers?.[0]?.value;
  const known = {
    ...(properties.extension === NEXT_FREE && extension && { extension }),
    ...(properties.phoneNumber === NEXT_FREE && phoneNumber && { phoneNumber }),
  };
  return Object.keys(known).length === 0
    ? {}
    : { properties: { ...(locationId && { locationId }), ...known } };
}
