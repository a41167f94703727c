import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';
import type { LicenseLines } from './comparison-steps.ts';
import { readLineGroups } from './lines.ts';
import type { Holder } from './people-diff.ts';
import type { AssignmentStore } from './ports.ts';

/** Somebody who holds a license, with the whole line that says so. */
export interface HolderLine extends Holder {
  readonly line: string;
}

/** Of lines at once: by the four times smaller ones that zlib makes, it takes half as long again. */
const CHUNK_BYTES = 64 * 1_024;

const holderSchema = z.object({ personId: z.string() });

/** Who holds a license, from its lines in a file of assignments, in groups. @throws where the file is gone, or not what it was */
export async function* readHolders(
  store: Pick<AssignmentStore, 'read'>,
  path: string,
  lines: LicenseLines | undefined,
): AsyncGenerator<readonly HolderLine[]> {
  if (lines === undefined) return;
  const compressed = await store.read(path, lines);
  if (compressed === undefined) throw new Error(`${path} is gone, and its manifest is there`);
  // A failure of either destroys the stream that is read here, which throws it.
  const plain = pipeline(compressed, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
  for await (const group of readLineGroups(plain)) {
    yield group.map((line) => ({ personId: holderSchema.parse(JSON.parse(line)).personId, line }));
  }
}
