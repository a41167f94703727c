import { createHash } from 'node:crypto';
import type { Purge } from '../platform/purge.ts';
import { type IncomingRequest, type Read, refuseRequest } from './body.ts';
import type { Caller } from './caller.ts';

/** An `Idempotency-Key`: the hash of the body that first came with it, and the ids of the requests in that body. */
export interface IdempotencyRecord {
  readonly fingerprint: string;
  readonly requestIds: readonly string[];
}

export interface IdempotencyKeys {
  find(keyHash: string): Promise<IdempotencyRecord | undefined>;
  /** Records a new key. @returns the record of the first claim */
  claim(keyHash: string, record: IdempotencyRecord, at: Date): Promise<IdempotencyRecord>;
  /** Removes keys after the retention, once their requests are gone. */
  purge: Purge;
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/** The header `Idempotency-Key`, where the request has it. */
export function readIdempotencyKey({ headers }: Pick<IncomingRequest, 'headers'>): Read<string | undefined> {
  const key = headers.get('idempotency-key') ?? undefined;
  if (key === undefined || KEY.test(key)) return { ok: true, value: key };
  return refuseRequest('invalid-request', {
    detail: 'Idempotency-Key must be 1 to 200 printable ASCII characters.',
  });
}

/** The same key of two callers is two keys. */
export const toKeyHash = (key: string, { key: caller = '' }: Pick<Caller, 'key'>): string =>
  sha256(`${caller}\n${key}`);

/** The hash that version 0.1.0 stored: all callers shared their keys. */
export const toFormerKeyHash = (key: string): string => sha256(key);

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
