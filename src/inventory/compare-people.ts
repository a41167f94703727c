import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type * as z from 'zod';
import { assignmentRowSchema, manifestSchema } from '../contract/inventory.ts';
import type { assignmentChangeSchema } from '../contract/inventory-diff.ts';
import { CONTAINERS } from '../contract/names.ts';
import type { License } from '../webex/license.ts';
import type { PeopleChange, PreviousRun } from './document-makers.ts';
import { readLines } from './lines.ts';
import type { FileEntry } from './manifest.ts';
import { ASSIGNMENTS, ASSIGNMENTS_DIFF, MANIFEST, toRunFolder } from './paths.ts';
import { countChanges, diffPeople, type HolderChange } from './people-diff.ts';
import type { AssignmentStore, SnapshotStore } from './ports.ts';

type Row = z.output<typeof assignmentRowSchema>;

interface Deps {
  readonly store: Pick<SnapshotStore, 'read'>;
  readonly assignments: AssignmentStore;
}

/** The assignments of this run, which are committed. */
export interface KeptAssignments {
  readonly orgId: string;
  readonly folder: string;
  readonly rows: number;
  readonly licenses: readonly License[];
  /** The ids of those whose holders were read. */
  readonly listed: ReadonlySet<string>;
}

export interface PeopleDiff {
  readonly counts: ReadonlyMap<string, PeopleChange>;
  readonly file: FileEntry;
}

const compress = promisify(gzip);
const LINES_PER_BLOCK = 2_000;

/**
 * Compares who holds what with the previous run, and writes who gained and lost a license beside the assignments.
 * @returns undefined where the previous run kept no assignments
 */
export function createComparePeople({ store, assignments }: Deps) {
  return async (current: KeptAssignments, previous: PreviousRun): Promise<PeopleDiff | undefined> => {
    const { runId, readStartedAt } = previous;
    const before = toRunFolder({ orgId: current.orgId, runId, readStartedAt, requestedAt: readStartedAt });
    const rowsBefore = await readRowCount(before);
    if (rowsBefore === undefined) return undefined;

    const heldBefore = new Set<string>();
    const readBefore = async function* () {
      for await (const row of readRows(before)) {
        heldBefore.add(row.licenseId);
        yield row;
      }
    };
    const isKnown = toIsKnown(current, previous, heldBefore);
    const changes = diffPeople(
      readBefore,
      () => readRows(current.folder),
      Math.max(rowsBefore, current.rows),
    );
    const counts = new Map<string, PeopleChange>();
    const path = `${current.folder}/${ASSIGNMENTS_DIFF}`;
    const file = await write(path, countChanges(keep(changes, isKnown), counts));
    // A license whose holders are not known in both runs has no counts, rather than none gained and none lost.
    for (const { id } of current.licenses) {
      if (current.listed.has(id) && !counts.has(id)) counts.set(id, { gained: 0, lost: 0 });
    }
    return { counts, file };
  };

  /** How many rows of assignments a run has; undefined where it kept none. */
  async function readRowCount(folder: string): Promise<number | undefined> {
    const text = await store.read(`${folder}/${MANIFEST}`);
    if (text === undefined) return undefined;
    const { files } = manifestSchema.parse(JSON.parse(text));
    return files.find(({ path }) => path === `${folder}/${ASSIGNMENTS}`)?.rows;
  }

  async function* readRows(folder: string): AsyncGenerator<Row> {
    const compressed = await assignments.read(`${folder}/${ASSIGNMENTS}`);
    if (compressed === undefined)
      throw new Error(`${folder}/${ASSIGNMENTS} is gone, and its manifest is there`);
    // A failure of either destroys the stream that is read here, which throws it.
    const plain = pipeline(compressed, createGunzip(), () => undefined);
    for await (const line of readLines(plain)) yield assignmentRowSchema.parse(JSON.parse(line));
  }

  async function write(path: string, changes: AsyncIterable<HolderChange<Row>>): Promise<FileEntry> {
    const names: string[] = [];
    const hash = createHash('sha256');
    let bytes = 0;
    let rows = 0;
    let lines: string[] = [];
    const flush = async () => {
      const block = await compress(lines.join(''));
      lines = [];
      const name = String(names.length).padStart(8, '0');
      await assignments.stage(path, name, block);
      names.push(name);
      hash.update(block);
      bytes += block.length;
    };
    for await (const { change, holder } of changes) {
      const line: z.output<typeof assignmentChangeSchema> = { change, ...holder };
      rows += 1;
      if (lines.push(`${JSON.stringify(line)}\n`) >= LINES_PER_BLOCK) await flush();
    }
    // A file of nothing is a gzip of nothing.
    if (lines.length > 0 || names.length === 0) await flush();
    await assignments.commit(path, names);
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
}

/**
 * Whether it is known in both runs who holds a license. The setting may have changed in between: one that was in use,
 * and of which no holder was kept, was not read then; that all its holders are new now would be wrong.
 */
function toIsKnown(
  { licenses, listed }: KeptAssignments,
  previous: PreviousRun,
  heldBefore: ReadonlySet<string>,
): (change: HolderChange<Row>) => boolean {
  const now = new Set(licenses.map(({ id }) => id));
  const usedBefore = new Set(
    previous.licenses
      .filter(({ consumedByUsers, consumedUnits }) => Number(consumedByUsers ?? consumedUnits) > 0)
      .map(({ id }) => id),
  );
  return ({ change, holder: { licenseId } }) =>
    change === 'lost'
      ? !now.has(licenseId) || listed.has(licenseId)
      : heldBefore.has(licenseId) || !usedBefore.has(licenseId);
}

async function* keep<T>(items: AsyncIterable<T>, isKept: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (isKept(item)) yield item;
}

export type ComparePeople = ReturnType<typeof createComparePeople>;
