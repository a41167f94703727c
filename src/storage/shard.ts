import { createHash } from 'node:crypto';

const COUNT = 4;
const toName = (number: number) => number.toString().padStart(2, '0');

/**
 * The partitions of a table: many enough that none is hot (a partition takes 2,000 rows a second), few enough that
 * one transaction takes many rows, and a look at all of them is cheap.
 */
export const SHARDS: readonly string[] = Array.from({ length: COUNT }, (_, number) => toName(number));

export function toShard(key: string): string {
  const [first = 0] = createHash('sha256').update(key).digest();
  return toName(first % COUNT);
}
