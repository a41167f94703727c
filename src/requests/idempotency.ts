import { createHash } from 'node:crypto';
import type { Origin } from '../http/origin.ts';
import type { Purge } from '../platform/purge.ts';
import type { RequestRecord } from './record/record.ts';
import { isOpen } from './record/states.ts';
import type { Submission } from './submission.ts';

/** What an `Idempotency-Key` stands for: the body that came with it first, and the requests made of it. */
export interface IdempotencyRecord {
  readonly fingerprint: string;
  readonly requestIds: readonly string[];
}

export interface IdempotencyKeys {
  find(keyHash: string): Promise<IdempotencyRecord | undefined>;
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
  requests: readonly Pick<RequestRecord, 'state' | 'updatedAt'>[],
  now: Date,
): Date | undefined {
  if (requests.length === 0) return undefined;
  if (requests.some(({ state }) => isOpen(state))) return now;
  return new Date(Math.max(...requests.map(({ updatedAt }) => updatedAt.getTime())));
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/** Whether a header is a key: 1 to 200 printable ASCII characters. */
export const isKey = (text: string): boolean => KEY.test(text);

/** Callers do not share their keys: the same text of two callers is two keys. */
export const toKeyHash = (key: string, { key: caller = '' }: Pick<Origin, 'key'>): string =>
  sha256(`${caller}\n${key}`);

/** The key as version 0.1.0 knew it: shared by all callers. */
export const toFormerKeyHash = (key: string): string => sha256(key);

/** Equal for equal bodies: `traceparent`, which is another one each time a body is sent, is no part. */
export const toBodyFingerprint = ({ isBatch, requests }: Submission): string => {
  const asked = requests.map(({ traceparent: _trace, ...request }) => request);
  return sha256(JSON.stringify({ isBatch, requests: asked }));
};

/** Of a body as version 0.1.0 knew it. */
export const toFormerBodyFingerprint = ({ isBatch, requests }: Submission): string =>
  sha256(JSON.stringify({ isBatch, requests }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
