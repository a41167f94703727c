import { createHash } from 'node:crypto';
import type { IncomingRequest } from './body.ts';
import type { Origin } from './origin.ts';

/** Eight hex digits tell the keys of one app apart, and let nobody guess one. */
const FINGERPRINT_LENGTH = 8;

/** What of an HTTP request tells who calls. */
export type Caller = Pick<IncomingRequest, 'headers' | 'url'>;

/**
 * Who calls over HTTP: by the function key, which the host has checked. It is kept as a fingerprint only: the host does
 * not say the key's name.
 */
export function toCaller({ headers, url }: Caller): Origin {
  const key = headers.get('x-functions-key') ?? new URL(url).searchParams.get('code');
  return { channel: 'http', ...(key && { key: toFingerprint(key) }) };
}

const toFingerprint = (key: string) =>
  createHash('sha256').update(key).digest('hex').slice(0, FINGERPRINT_LENGTH);
