import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { AssignmentStore } from '../ports.ts';
import type { FileEntry } from '../publish/manifest.ts';
import { INVENTORY_CONTAINERS } from '../schemas/containers.ts';
import type { LicenseLines } from './bucket-lines.ts';
import type { Staged } from './run.ts';

/** A file has 50,000 blocks at most: a block for each license and step. */
export const MAX_BLOCKS = 40_000;
/** The lines repeat each other: more work makes them little smaller. */
const LEVEL = 2;
const compress = promisify(gzip);

/** So much is read back by one call, and so many calls are made at once. */
const BYTES_A_CALL = 256 * 1_024;
const CALLS_AT_ONCE = 4;

/**
 * A block: of which license, by its place in the file, of which session of the run, and of which step. All names have
 * the same length, as Azure wants it; a session that goes on where another one was killed writes none of its blocks.
 */
const toBlockName = (license: number, session: number, step: number): string =>
  [license, session, step].map((part) => String(part).padStart(6, '0')).join('-');

/** Stages the lines of one step: a gzip member for each license. */
export async function stageLines(
  store: AssignmentStore,
  path: string,
  { step, session }: { readonly step: number; readonly session: number },
  lines: readonly LicenseLines[],
): Promise<Staged> {
  const bytes = await Promise.all(
    lines.map(async ({ text, rows }, license) => {
      if (rows === 0) return 0;
      const member = await compress(text.view(), { level: LEVEL });
      await store.stage(path, toBlockName(license, session, step), member);
      return member.length;
    }),
  );
  return {
    session,
    bytes,
    rows: lines.map(({ rows }) => rows),
    gained: lines.map(({ gained }) => gained),
  };
}

/**
 * Makes a file of what the steps staged: the lines of a license lie together, in the order of the licenses. Its hash is
 * that of what storage gives back. Done again, it is the same.
 * @throws where storage does not hold what was staged
 */
export async function commitLines(
  store: AssignmentStore,
  path: string,
  licenseIds: readonly string[],
  steps: readonly Staged[],
): Promise<FileEntry> {
  const names = licenseIds.flatMap((_id, license) =>
    steps.flatMap(({ session, bytes }, step) => (bytes[license] ? toBlockName(license, session, step) : [])),
  );
  let offset = 0;
  const parts = licenseIds.map((licenseId, license) => {
    const sum = (of: 'bytes' | 'rows') => steps.reduce((total, step) => total + (step[of][license] ?? 0), 0);
    const part = { licenseId, rows: sum('rows'), offset, bytes: sum('bytes') };
    offset += part.bytes;
    return part;
  });
  const bytes = names.length > 0 ? offset : await stageNothing(store, path, names);
  await store.commit(path, names);
  return {
    ...{ container: INVENTORY_CONTAINERS.assignments, path, format: 'ndjson', compression: 'gzip' },
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    bytes,
    sha256: await hashFile(store, path, bytes),
    contentType: 'application/gzip',
    parts,
  };
}

/** A file of nothing is a gzip of nothing: one of no bytes is none that `gunzip` takes. @returns its bytes */
async function stageNothing(store: AssignmentStore, path: string, names: string[]): Promise<number> {
  const member = gzipSync('');
  // No session is the first one.
  names.push(toBlockName(0, 0, 0));
  await store.stage(path, toBlockName(0, 0, 0), member);
  return member.length;
}

async function hashFile(store: AssignmentStore, path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  let hashed = 0;
  for (let at = 0; at < bytes; at += CALLS_AT_ONCE * BYTES_A_CALL) {
    const ranges = Array.from({ length: CALLS_AT_ONCE }, (_, call) => at + call * BYTES_A_CALL)
      .filter((offset) => offset < bytes)
      .map((offset) => ({ offset, bytes: Math.min(BYTES_A_CALL, bytes - offset) }));
    const read = await Promise.all(
      ranges.map(async (range) => {
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
  return hash.digest('hex');
}
