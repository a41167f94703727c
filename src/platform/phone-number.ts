import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

const MAX_LENGTH = 64;

/**
 * A telephone number in E.164, from a spelling with a country code: `+49 (0)30 901820` is `+4930901820`. Undefined
 * without a country code, and for an impossible number of its country.
 */
export function readPhoneNumber(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const number = parsePhoneNumberFromString(text.trim());
  return number?.isPossible() ? number.number : undefined;
}
