import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { AssignmentStore, ByteRange } from '../ports.ts';
import type { FileEntry } from '../publish/manifest.ts';
import { INVENTORY_CONTAINERS } from '../schemas/containers.ts';
import { toBlockName } from './blocks.ts';

export interface StagedFile {
  readonly path: string;
  /** Of its blocks, in order. */
  readonly names: readonly string[];
  readonly rows: number;
  readonly bytes: number;
}

/**
 * So much is read back by one call, and so many calls are made at once. What was read stays in memory until the next
 * collection of garbage, and what is outside of the heap calls for none: only that many calls, each with garbage of
 * its own, keep it at a few MiB, however long the file is (20 MiB more of a million rows, measured, in one call).
 */
const BYTES_A_CALL = 32 * 1_024;
const CALLS_AT_ONCE = 8;

/**
 * Makes a file of staged blocks, and says what the manifest is to say of it. Its hash is that of what storage gives
 * back: blocks come in any order, over several invocations. Done again, it is the same.
 * @throws where storage does not hold what was staged
 */
export async function commitFile(store: AssignmentStore, staged: StagedFile): Promise<FileEntry> {
  const { path, names, rows, bytes } = staged.names.length > 0 ? staged : await stageNothing(store, staged);
  await store.commit(path, names);
  const hash = createHash('sha256');
  let hashed = 0;
  for (let at = 0; at < bytes; at += CALLS_AT_ONCE * BYTES_A_CALL) {
    const read = await Promise.all(
      toRanges(at, bytes).map(async (range) => {
        const chunks: (Buffer | string)[] = [];
        for await (const chunk of (await store.read(path, range)) ?? []) chunks.push(chunk);
        return chunks;
      }),
    );
    for (const chunk of read.flat()) {
      hash.update(chunk);
      hashed += chunk.length;
    }
  }
  if (hashed !== bytes) throw new Error(`${path} has ${hashed} bytes, and ${bytes} were staged`);
  return {
    container: INVENTORY_CONTAINERS.assignments,
    path,
    format: 'ndjson',
    compression: 'gzip',
    rows,
    bytes,
    sha256: hash.digest('hex'),
    contentType: 'application/gzip',
  };
}

/** The next calls' ranges, of a file with so many bytes. */
const toRanges = (at: number, bytes: number): readonly ByteRange[] =>
  Array.from({ length: CALLS_AT_ONCE }, (_, call) => at + call * BYTES_A_CALL)
    .filter((offset) => offset < bytes)
    .map((offset) => ({ offset, bytes: Math.min(BYTES_A_CALL, bytes - offset) }));

/** A file of nothing is a gzip of nothing: one of no bytes is none that `gunzip` takes. */
async function stageNothing(store: AssignmentStore, file: StagedFile): Promise<StagedFile> {
  const member = gzipSync('');
  // No session is the first one.
  const name = toBlockName(0, 0, 0);
  await store.stage(file.path, name, member);
  return { ...file, names: [name], bytes: member.length };
}
