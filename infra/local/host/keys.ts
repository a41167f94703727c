import { createHash, timingSafeEqual } from 'node:crypto';

export interface Keys {
  /** Opens everything. */
  readonly master: string;
  /** Opens every function of level `function`. */
  readonly host: string;
}

export type AuthLevel = 'anonymous' | 'function' | 'admin';

/** Whether a request with this key may call a function of this level. A header's key wins over `?code=`. */
export function isAuthorized(
  level: AuthLevel,
  given: { readonly header: string | undefined; readonly code: string | null },
  keys: Keys,
): boolean {
  if (level === 'anonymous') return true;
  const key = given.header ?? given.code;
  if (!key) return false;
  const accepted = level === 'admin' ? [keys.master] : [keys.master, keys.host];
  return accepted.some((known) => isSame(known, key));
}

/** In constant time, whatever the lengths. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
