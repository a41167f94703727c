import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Immutable, stored } from '../platform/stored.ts';
import type { IncomingRequest } from './body.ts';

/** Who asked, and how the request came in. Stored records call it `origin`. */
export const callerSchema = stored({
  channel: z.enum(['http', 'queue', 'hr']),
  /**
   * Identifies the key, and never holds it: of a function key, the first 8 hex digits of its SHA-256; of an HR
   * source, the place among the source's secrets, such as `secrets/0`.
   */
  key: z.string().exactOptional(),
  /** Of requests of HR events: the policy behind them, as the first 12 hex digits of its SHA-256. */
  policyVersion: z.string().exactOptional(),
  /** Of requests of HR events: the kind of the event, such as `leaver`. */
  hrEvent: z.string().exactOptional(),
});
export type Caller = Immutable<z.output<typeof callerSchema>>;

/** Eight hex digits tell the keys of one app apart, and do not help to guess a key. */
const FINGERPRINT_LENGTH = 8;

/** The members of an HTTP request that identify its caller. */
export type CallerRequest = Pick<IncomingRequest, 'headers' | 'url'>;

/** The caller of an HTTP function, by the function key. The host has checked the key, and does not say its name. */
export function toCaller({ headers, url }: CallerRequest): Caller {
  const key = headers.get('x-functions-key') ?? new URL(url).searchParams.get('code');
  return { channel: 'http', ...(key && { key: toFingerprint(key) }) };
}

const toFingerprint = (key: string) =>
  createHash('sha256').update(key).digest('hex').slice(0, FINGERPRINT_LENGTH);
