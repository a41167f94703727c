import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';
import type { AssignmentStore, ByteRange } from '../ports.ts';
import type { LicenseLines } from './comparison-steps.ts';
import { readLineGroups } from './lines.ts';
import type { Holder } from './people-diff.ts';

/** Somebody who holds a license, with the whole line that says so. */
export interface HolderLine extends Holder {
  readonly line: string;
}

/**
 * So many compressed bytes are read at once, into memory that is used again. Chunks of a stream that wait to be unpacked
 * outlive two collections of young garbage, and then stay until all of it is looked through: 24 MiB of a million rows.
 */
const PIECE_BYTES = 256 * 1_024;

export const createPiece = (): Buffer => Buffer.allocUnsafeSlow(PIECE_BYTES);

/** Of lines at once: by the four times smaller ones that zlib makes, it takes half as long again. */
const CHUNK_BYTES = 64 * 1_024;

const holderSchema = z.object({ personId: z.string() });

/**
 * Who holds a license, from its lines in a file of assignments, in groups.
 * @param piece of `createPiece`: one reader at a time uses it
 * @throws where the file is gone, or not what it was
 */
export async function* readHolderStream(
  store: Pick<AssignmentStore, 'read'>,
  path: string,
  lines: LicenseLines | undefined,
  piece: Buffer,
): AsyncGenerator<readonly HolderLine[]> {
  if (lines === undefined) return;
  // A failure of either destroys the stream that is read here, which throws it.
  const plain = pipeline(
    readPieces(store, path, lines, piece),
    createGunzip({ chunkSize: CHUNK_BYTES }),
    () => undefined,
  );
  for await (const group of readLineGroups(plain)) {
    yield group.map((line) => ({ personId: holderSchema.parse(JSON.parse(line)).personId, line }));
  }
}

/** The bytes of a range, one piece after the other: each is good until the next one is asked for. */
async function* readPieces(
  store: Pick<AssignmentStore, 'read'>,
  path: string,
  { offset, bytes }: ByteRange,
  piece: Buffer,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes; at += piece.length) {
    const wanted = Math.min(piece.length, bytes - at);
    const stream = await store.read(path, { offset: offset + at, bytes: wanted });
    if (stream === undefined) throw new Error(`${path} is gone, and its manifest is there`);
    let filled = 0;
    for await (const chunk of stream) filled += Buffer.from(chunk).copy(piece, filled);
    if (filled !== wanted) throw new Error(`${path} has ${filled} bytes where there were ${wanted}`);
    yield piece.subarray(0, filled);
  }
}
