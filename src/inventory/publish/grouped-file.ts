import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type * as z from 'zod';
import { createByteText } from '../../platform/byte-text.ts';
import type { License } from '../../webex/license.ts';
import type { AssignmentStore } from '../ports.ts';
import { INVENTORY_CONTAINERS } from '../schemas/containers.ts';
import type { assignmentRowSchema } from '../schemas/files.ts';
import type { FileEntry } from './documents.ts';

/** The lines repeat each other: more work makes them little smaller. */
const LEVEL = 2;
/** A license's lines become a block when there are so many bytes of them. A file has 50,000 blocks at most. */
const BLOCK_BYTES = 128 * 1_024;
/** Of the memory of a license: it grows, and most of hundreds have few holders. */
const FIRST_BYTES = 1_024;
const compress = promisify(gzip);

/**
 * A compressed file in which the lines of a license lie together, in the order of the licenses, whatever order they come
 * in: a block is staged for each license again and again, and the blocks are put in order at the end.
 * @param session names the blocks, so that another invocation that makes the file stages none of them
 */
export function createGroupedFile(
  store: AssignmentStore,
  path: string,
  licenses: readonly License[],
  session: number,
) {
  const groups = licenses.map((license) => ({
    ...{ id: license.id, opening: Buffer.from(toOpening(license)) },
    ...{ text: createByteText(FIRST_BYTES), rows: 0, bytes: 0, blocks: [] as string[] },
  }));
  const byId = new Map(groups.map((group) => [group.id, group]));
  type Group = (typeof groups)[number];

  /** All names have the same length, as Azure wants it. */
  async function stage(group: Pick<Group, 'text' | 'blocks' | 'bytes'>, index: number): Promise<void> {
    const member = await compress(group.text.view(), { level: LEVEL });
    group.text.clear();
    const name = [session, index, group.blocks.length].map((part) => String(part).padStart(6, '0')).join('-');
    await store.stage(path, name, member);
    group.blocks.push(name);
    group.bytes += member.length;
  }
  const stageFrom = (bytes: number) =>
    Promise.all(
      groups.map(async (group, index) => {
        if (group.text.length >= bytes) await stage(group, index);
      }),
    );

  return {
    /** Adds a line of a license, if it is one of the file: what comes before and after the license. Not while it is flushed. */
    add(licenseId: string | undefined, start: string, ending: Uint8Array): void {
      const group = byId.get(licenseId ?? '');
      if (group === undefined) return;
      for (const piece of [start, group.opening, ending]) group.text.add(piece);
      group.rows += 1;
    },

    /** Stages what is enough for a block. */
    async flush(): Promise<void> {
      await stageFrom(BLOCK_BYTES);
    },

    /** Makes the file; its hash is that of what storage gives back. @throws where storage does not hold what was staged */
    async commit(): Promise<FileEntry> {
      await stageFrom(1);
      // A file of nothing is a gzip of nothing: one of no bytes is none that `gunzip` takes.
      const empty = { text: createByteText(0), blocks: [] as string[], bytes: 0 };
      if (groups.every(({ rows }) => rows === 0)) await stage(empty, 0);
      await store.commit(path, [...groups.flatMap(({ blocks }) => blocks), ...empty.blocks]);
      let offset = 0;
      const parts = groups.map(({ id, rows, bytes }) => {
        offset += bytes;
        return { licenseId: id, rows, offset: offset - bytes, bytes };
      });
      const bytes = offset + empty.bytes;
      return {
        ...{ container: INVENTORY_CONTAINERS.assignments, path, format: 'ndjson', compression: 'gzip' },
        rows: parts.reduce((sum, { rows }) => sum + rows, 0),
        bytes,
        sha256: await hashFile(store, path, bytes),
        contentType: 'application/gzip',
        parts,
      };
    },
  };
}

export type AssignmentRow = z.input<typeof assignmentRowSchema>;

/** What the lines of a license have in common, made once: a third of the work. */
function toOpening({ id: licenseId, name: licenseName }: License): string {
  const license: Pick<AssignmentRow, 'licenseId' | 'licenseName'> = { licenseId, licenseName };
  return `${JSON.stringify(license).slice(1, -1)},`;
}

async function hashFile(store: AssignmentStore, path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  let hashed = 0;
  for await (const chunk of (await store.read(path)) ?? []) {
    hash.update(chunk);
    hashed += chunk.length;
  }
  if (hashed !== bytes) throw new Error(`${path} has ${hashed} bytes, and ${bytes} were staged`);
  return hash.digest('hex');
}
