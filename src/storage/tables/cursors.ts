import * as z from 'zod';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';
import { UnknownCursor } from '../../platform/unknown-cursor.ts';
import { toStorageError } from '../call-storage.ts';

/** For each partition, the index row that was read last; undefined before the first one, null after the last one. */
export type Positions = readonly (string | null | undefined)[];

const positionsSchema = z.array(z.string().nullable());

/** Undefined where all partitions were read to their end. */
export const encodeCursor = (positions: Positions): string | undefined =>
  positions.every((position) => position === null)
    ? undefined
    : JSON.stringify(positions.map((position) => (position === undefined ? '' : position)));

/** @throws {UnknownCursor} where the text is not one that `encodeCursor` made */
export const decodeCursor = (text: string): Positions =>
  parse(positionsSchema, text).map((position) => (position === '' ? undefined : position));

const tokenSchema = z.strictObject({
  nextPartitionKey: z.string().min(1),
  nextRowKey: z.string().optional(),
});

/**
 * The SDK reads a continuation token without a check, as base64 of JSON.
 * @throws {UnknownCursor} where it is none
 */
export function checkToken(token: string): void {
  parse(tokenSchema, Buffer.from(token, 'base64').toString('utf8'));
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UnknownCursor();
  }
}

/** Reads from where a caller says: that storage refuses such a place is no failure of storage. */
export async function readFrom<T>(next: string | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isRefused = error instanceof StorageUnavailable && toStorageError(error.cause)?.statusCode === 400;
    throw next !== undefined && isRefused ? new UnknownCursor() : error;
  }
}
