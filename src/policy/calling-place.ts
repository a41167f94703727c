import { readPhoneNumber } from '../platform/phone-number.ts';
import { foldWords } from '../platform/words.ts';
import type { LicenseItem } from '../requests/license-request.ts';
import { isRange, NEXT_FREE, readExtensionRange } from '../webex/extension-range.ts';
import { TEMPLATE_NAME } from './attribute-names.ts';
import type { Attributes } from './conditions.ts';
import type { Policy } from './policy.ts';

/** Location, extension and number of a Calling license, by the attribute `location`; undefined where the policy has no such place. */
export function toCallingProperties(
  { locations }: Policy,
  { values }: Attributes,
): LicenseItem['properties'] {
  const place = foldWords(toText(values, 'location'));
  const location = Object.entries(locations).find(([name]) => foldWords(name) === place)?.[1];
  if (location === undefined) return undefined;
  // A number that cannot be read is left out, and the add says what it lacks: nothing else is dialled in its place.
  const extension =
    location.extension === NEXT_FREE
      ? NEXT_FREE
      : /^\d{1,10}$/.exec(fill(location.extension, values).replace(/\s/g, ''))?.[0];
  const phoneNumber =
    location.phoneNumber === NEXT_FREE ? NEXT_FREE : readPhoneNumber(fill(location.phoneNumber, values));
  const range = extension === NEXT_FREE ? toRangeText(location.range) : undefined;
  return {
    locationId: location.locationId,
    ...(extension && { extension }),
    ...(phoneNumber && { phoneNumber }),
    ...(range && { range }),
  };
}

/** In one spelling, so that a policy that is only written otherwise asks for the same. */
function toRangeText(text = ''): string {
  const range = readExtensionRange(text);
  return isRange(range) ? range.text : text;
}

/** The properties as a person reads them: `next free of 4000-4999` in place of a value that is chosen later. */
export function toShownProperties({ range, ...shown }: NonNullable<LicenseItem['properties']>): object {
  const nextFree = { extension: `next free of ${range}`, phoneNumber: 'next free number of the location' };
  return Object.fromEntries(
    Object.entries(shown).map(([name, value]) => [
      name,
      value === NEXT_FREE && name in nextFree ? nextFree[name as keyof typeof nextFree] : value,
    ]),
  );
}

/** A template with its attributes; empty where one of them is not known or a list, or HR emptied it. */
function fill(template: string | undefined, values: Attributes['values']): string {
  const names = [...(template?.matchAll(TEMPLATE_NAME) ?? [])].map(([, name = '']) => name);
  if (template === undefined || names.some((name) => toText(values, name) === '')) return '';
  return template.replace(TEMPLATE_NAME, (_all, name: string) => toText(values, name));
}

function toText(values: Attributes['values'], name: string): string {
  const value = values.get(foldWords(name));
  return typeof value === 'string' ? value : '';
}
