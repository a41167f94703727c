import { createHash } from 'node:crypto';

/** What an `Idempotency-Key` stands for: the body that came with it first, and the requests made of it. */
export interface IdempotencyRecord {
  readonly fingerprint: string;
  readonly requestIds: readonly string[];
}

export interface IdempotencyKeys {
  /** Records the key if it is new. @returns what the key stands for: `record`, or what came first */
  claim(keyHash: string, record: IdempotencyRecord, at: Date): Promise<IdempotencyRecord>;
  /** Forgets the oldest keys that have been known for long enough by then. @returns how many */
  purge(at: Date, limit: number): Promise<number>;
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/** Undefined where the header is no key: 1 to 200 printable ASCII characters. */
export const toKeyHash = (key: string): string | undefined => (KEY.test(key) ? sha256(key) : undefined);

export const toBodyFingerprint = (submission: unknown): string => sha256(JSON.stringify(submission));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
