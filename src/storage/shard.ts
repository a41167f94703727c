import { createHash } from 'node:crypto';

const SHARDS = 8;

/** Rows spread over few partitions: one storage transaction adds many rows, and no partition is hot. */
export function toShard(key: string): string {
  const [first = 0] = createHash('sha256').update(key).digest();
  return (first % SHARDS).toString().padStart(2, '0');
}
