import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CONTAINERS } from '../contract/names.ts';
import { toBlockName } from './blocks.ts';
import type { FileEntry } from './manifest.ts';
import type { AssignmentStore } from './ports.ts';

export interface StagedFile {
  readonly path: string;
  /** Of its blocks, in order. */
  readonly names: readonly string[];
  readonly rows: number;
  readonly bytes: number;
}

/**
 * So much is read back at once. What has been read stays in memory until the next collection of garbage, and a loop
 * that does nothing but read and hash makes little of the kind that calls for one: many calls, each with its own,
 * keep it at a few MiB, however long the file is.
 */
const BYTES_AT_ONCE = 256 * 1_024;

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
  for (let offset = 0; offset < bytes; offset += BYTES_AT_ONCE) {
    const range = { offset, bytes: Math.min(BYTES_AT_ONCE, bytes - offset) };
    for await (const chunk of (await store.read(path, range)) ?? []) {
      hash.update(chunk);
      hashed += chunk.length;
    }
  }
  if (hashed !== bytes) throw new Error(`${path} has ${hashed} bytes, and ${bytes} were staged`);
  return {
    container: CONTAINERS.assignments,
    path,
    format: 'ndjson',
    compression: 'gzip',
    rows,
    bytes,
    sha256: hash.digest('hex'),
    contentType: 'application/gzip',
  };
}

/** A file of nothing is a gzip of nothing: one of no bytes is none that `gunzip` takes. */
async function stageNothing(store: AssignmentStore, file: StagedFile): Promise<StagedFile> {
  const member = gzipSync('');
  // No session is the first one.
  const name = toBlockName(0, 0, 0);
  await store.stage(file.path, name, member);
  return { ...file, names: [name], bytes: member.length };
}
