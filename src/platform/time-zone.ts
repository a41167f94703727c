import * as z from 'zod';

export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone, such as Europe/Berlin');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
