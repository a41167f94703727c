import { crc32 } from 'node:zlib';

const COUNT = 2;
const toName = (number: number) => number.toString().padStart(2, '0');

/**
 * The partitions of a table: many enough that none is hot (a partition takes 2,000 rows a second), few enough that
 * one transaction takes many rows, and a look at all of them is cheap.
 */
export const SHARDS: readonly string[] = Array.from({ length: COUNT }, (_, number) => toName(number));

/** A sum that costs nothing: it is asked for with each row that is written. */
export const toShard = (key: string): string => toName(crc32(key) % COUNT);
