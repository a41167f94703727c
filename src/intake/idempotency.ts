import { createHash } from 'node:crypto';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { Purge } from '../ledger/ledger.ts';
import { isOpen } from '../ledger/states.ts';

/** What an `Idempotency-Key` stands for: the body that came with it first, and the requests made of it. */
export interface IdempotencyRecord {
  readonly fingerprint: string;
  readonly requestIds: readonly string[];
}

export interface IdempotencyKeys {
  /** Records the key if it is new. @returns what the key stands for: `record`, or what came first */
  claim(keyHash: string, record: IdempotencyRecord, at: Date): Promise<IdempotencyRecord>;
  /** Forgets keys that have been known for long enough, and whose requests are no longer in the ledger. */
  purge: Purge;
}

/**
 * Since when the requests of a key are kept for the record only; undefined where none of them is kept. A key must not end
 * before its requests: the same body would make them a second time.
 */
export function toKeptSince(
  requests: readonly Pick<LedgerEntry, 'state' | 'updatedAt'>[],
  now: Date,
): Date | undefined {
  if (requests.length === 0) return undefined;
  if (requests.some(({ state }) => isOpen(state))) return now;
  return new Date(Math.max(...requests.map(({ updatedAt }) => updatedAt.getTime())));
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/** Undefined where the header is no key: 1 to 200 printable ASCII characters. */
export const toKeyHash = (key: string): string | undefined => (KEY.test(key) ? sha256(key) : undefined);

export const toBodyFingerprint = (submission: unknown): string => sha256(JSON.stringify(submission));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
