import { sha256 } from '../platform/sha256.ts';
import type { Policy } from './policy.ts';

const VERSION_LENGTH = 12;
const known = new WeakMap<Policy, string>();

/**
 * The version of a policy: the first 12 hex digits of the SHA-256 of the parsed policy, as JSON. Comments, spaces and
 * what is written out though it is the default make no other version.
 */
export function toPolicyVersion(policy: Policy): string {
  const version = known.get(policy) ?? sha256(JSON.stringify(policy)).slice(0, VERSION_LENGTH);
  known.set(policy, version);
  return version;
}
