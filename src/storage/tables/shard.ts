import { crc32 } from 'node:zlib';

const COUNT = 2;
const toName = (number: number) => number.toString().padStart(2, '0');

/**
 * The partitions of a table. More than one, since a partition accepts 2,000 rows a second; few, so that a transaction
 * holds many rows and a query of all partitions is cheap.
 */
export const SHARDS: readonly string[] = Array.from({ length: COUNT }, (_, number) => toName(number));

/** CRC-32, since each written row computes it. */
export const toShard = (key: string): string => toName(crc32(key) % COUNT);
