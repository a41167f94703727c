import type { WebexFailure } from './failure.ts';

/** What a refused change names as taken. */
export type TakenNumber = 'extension' | 'phoneNumber';

/** Of the validation of extensions: taken, and named twice in one list. */
const EXTENSION_CODES: readonly number[] = [9495, 9498];
const TAKEN = /\b(in use|already|taken|duplicate|not available|unavailable)\b/i;
const EXTENSION = /\bextensions?\b/i;
const PHONE_NUMBER = /\b(phone ?numbers?|telephone numbers?|numbers?)\b/i;

/**
 * Whether Webex refused a change because its extension or number is taken. No code of `PATCH /licenses/users` is
 * documented for that: the refusal has no known code, and its text says so.
 */
export function findTakenNumber({ condition, errors, codes }: WebexFailure): TakenNumber | undefined {
  if (codes.some((code) => EXTENSION_CODES.includes(code))) return 'extension';
  if (condition !== 'refused') return undefined;
  const text = errors.map(({ description }) => description).join(' ');
  if (!TAKEN.test(text)) return undefined;
  if (EXTENSION.test(text)) return 'extension';
  return PHONE_NUMBER.test(text) ? 'phoneNumber' : undefined;
}
