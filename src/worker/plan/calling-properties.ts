import type { LicenseItem } from '../../requests/license-request.ts';
import type { ItemResult } from '../../requests/record/item-result.ts';
import type { Person } from '../../webex/user-licenses.ts';
import { toUuid } from '../../webex/webex-id.ts';

/** The number, extension and location of a person, by a look-up with `callingData`. */
export type CallingLine = Pick<Person, 'extension' | 'locationId' | 'phoneNumbers'>;

type Properties = NonNullable<LicenseItem['properties']>;

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
  const asked = (['phoneNumber', 'extension', 'locationId'] as const).filter((name) => properties[name]);
  const isDifferent = (name: keyof Properties) => isAlike(name, properties[name] ?? '', line) === false;
  const isUntold = (name: keyof Properties) => isAlike(name, properties[name] ?? '', line) === undefined;
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
function isAlike(name: keyof Properties, asked: string, line: CallingLine | undefined): boolean | undefined {
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
