import { sha256 } from '../platform/sha256.ts';
import type { RequestRecord } from '../requests/record/record.ts';

/** Goes into a path of the HTTP functions as it is. */
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HASH_LENGTH = 12;

/**
 * What a request's removals wait under, beyond the limits, and are approved under:
 * - `batch-<name>`: requests that were submitted together
 * - `policy-<version>`: what a policy gives no longer
 * - `source-<name>`: people of whom an HR system says that they left, or what a sender dropped on the queue
 * - `source-drift`: what the repair of a drift removes
 * - `caller-<key>`: one key of the HTTP functions
 */
export function toCause({ request, origin }: Pick<RequestRecord, 'request' | 'origin'>): string {
  if (request?.batch !== undefined) return `batch-${request.batch}`;
  const { channel, key, policyVersion, hrEvent } = origin ?? {};
  if (channel === 'hr' && policyVersion !== undefined && hrEvent !== 'leaver' && hrEvent !== 'drift')
    return `policy-${policyVersion}`;
  if (channel === 'http') return `caller-${toSafe(key ?? 'unknown')}`;
  return `source-${toSafe(request?.source ?? channel ?? 'unknown')}`;
}

/** A name as it is, or its hash where a path cannot have it. */
const toSafe = (name: string): string => (SAFE_NAME.test(name) ? name : sha256(name).slice(0, HASH_LENGTH));

export const isCause = (text: string): boolean =>
  /^(batch|policy|source|caller)-[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
