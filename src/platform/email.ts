import * as z from 'zod';

const MAX_LENGTH = 254;
/** Without the special characters of RFC 5322 §3.2.3 and controls; with letters of all scripts (RFC 6531). */
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
 * An e-mail address by RFC 5322 and RFC 6531, such as `jörg&co@bücher.example`. It is trimmed, in lower case and with
 * composed letters: an address has one spelling. Webex decides whether it belongs to a person.
 */
export const emailSchema = z
  .string()
  .trim()
  .max(MAX_LENGTH)
  .meta({ format: 'idn-email' })
  .transform((text) => text.normalize('NFC').toLowerCase())
  .pipe(z.string().refine(isAddress, 'must be an e-mail address'));
