import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

const MAX_LENGTH = 64;

/**
 * A telephone number in E.164, such as `+14085550100`, of one that is written with its country code: `+49 (0)30 901820`
 * is `+4930901820`. Undefined where it has no country code, or cannot be a number of its country.
 */
export function readPhoneNumber(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const number = parsePhoneNumberFromString(text.trim());
  return number?.isPossible() ? number.number : undefined;
}
