import * as z from 'zod';
import { UnknownCursor } from '../../http/cursor.ts';
import { StorageUnavailable } from '../../platform/storage-unavailable.ts';
import { toStorageError } from '../call-storage.ts';

/** For each partition, the row key of the last index row; undefined before the first row, null after the last one. */
export type Positions = readonly (string | null | undefined)[];

const positionsSchema = z.array(z.string().nullable());

/** Undefined at the end of all partitions. */
export const encodeCursor = (positions: Positions): string | undefined =>
  positions.every((position) => position === null)
    ? undefined
    : JSON.stringify(positions.map((position) => (position === undefined ? '' : position)));

/** @throws {UnknownCursor} for a text that `encodeCursor` did not make */
export const decodeCursor = (text: string): Positions =>
  parse(positionsSchema, text).map((position) => (position === '' ? undefined : position));

const tokenSchema = z.strictObject({
  nextPartitionKey: z.string().min(1),
  nextRowKey: z.string().optional(),
});

/**
 * The SDK reads a continuation token unchecked, as base64 of JSON.
 * @throws {UnknownCursor} for any other text
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

/** Reads from a caller's cursor: a 400 of storage is then the cursor's fault, and no failure of storage. */
export async function readFrom<T>(next: string | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isRefused = error instanceof StorageUnavailable && toStorageError(error.cause)?.statusCode === 400;
    throw next !== undefined && isRefused ? new UnknownCursor() : error;
  }
}
