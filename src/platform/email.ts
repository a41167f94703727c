import * as z from 'zod';

const MAX_LENGTH = 254;
/** The special characters of RFC 5322 §3.2.3 and controls are no part of an address; letters of all scripts are (RFC 6531). */
const LOCAL = /^(?:[^\s@"(),:;<>[\]\\\p{C}]+|"[^"\\\p{C}]+")$/u;
const LABEL = /^(?!-)[\p{L}\p{N}\p{M}-]{1,63}(?<!-)$/u;

function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const labels = text.slice(at + 1).split('.');
  const local = text.slice(0, Math.max(at, 0));
  const hasDots = !/^\.|\.\.|\.$/.test(local) || local.startsWith('"');
  return LOCAL.test(local) && hasDots && labels.length > 1 && labels.every((label) => LABEL.test(label));
}

/**
 * An e-mail address as RFC 5322 and RFC 6531 allow it, such as `jörg&co@bücher.example`: trimmed, in lower case, and
 * with its letters composed, so that one address has one spelling. Whether it is somebody's is for Webex to say.
 */
export const emailSchema = z
  .string()
  .trim()
  .max(MAX_LENGTH)
  .meta({ format: 'idn-email' })
  .transform((text) => text.normalize('NFC').toLowerCase())
  .pipe(z.string().refine(isAddress, 'must be an e-mail address'));
