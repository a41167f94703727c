import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type * as z from 'zod';
import { assignmentRowSchema } from '../contract/inventory.ts';
import type { LicenseLines } from './comparison-steps.ts';
import { readLines } from './lines.ts';
import type { AssignmentStore } from './ports.ts';

/** Who holds a license, from its lines in a file of assignments. @throws where the file is gone, or not what it was */
export async function* readHolders(
  store: Pick<AssignmentStore, 'read'>,
  path: string,
  lines: LicenseLines | undefined,
): AsyncGenerator<z.output<typeof assignmentRowSchema>> {
  if (lines === undefined) return;
  const compressed = await store.read(path, lines);
  if (compressed === undefined) throw new Error(`${path} is gone, and its manifest is there`);
  // A failure of either destroys the stream that is read here, which throws it.
  const plain = pipeline(compressed, createGunzip(), () => undefined);
  for await (const line of readLines(plain)) yield assignmentRowSchema.parse(JSON.parse(line));
}
