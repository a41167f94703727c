import pMap from 'p-map';
import type { AssignmentStore, RunStore } from '../ports.ts';
import type { BlockBuffer } from './block-buffers.ts';
import { addBlocks, countBlocks, toBlockName } from './blocks.ts';
import type { Listing, StoredRun } from './run.ts';

/** What was read of a license since the last checkpoint. */
export interface Gathered {
  /** Its rows, compressed. */
  readonly block: BlockBuffer;
  pages: number;
  rows: number;
  odd: number;
  counted: number | undefined;
  next: string | undefined;
  isDone: boolean;
  failure?: string;
}

export interface CheckpointDeps {
  readonly runs: Pick<RunStore, 'replace'>;
  readonly assignments: Pick<AssignmentStore, 'stage'>;
  /** Of the file that the blocks are of. */
  readonly path: string;
  readonly now: () => Date;
}

const BLOCKS_AT_ONCE = 4;

/**
 * Makes durable what was gathered, by the place of its listing: stages a block for each license that got on, and then
 * writes down where to go on. What is not written down is read again, and its blocks are never committed.
 * @returns the run as it is stored then
 */
export async function writeCheckpoint(
  run: StoredRun,
  gathered: ReadonlyMap<number, Gathered>,
  { runs, assignments, path, now }: CheckpointDeps,
): Promise<StoredRun> {
  const { session, listings = [] } = run;
  await pMap(
    gathered,
    async ([license, { block, rows }]) => {
      if (rows === 0) return;
      const name = toBlockName(license, session, countBlocks(listings[license]?.blocks ?? [], session));
      await assignments.stage(path, name, block.bytes());
    },
    { concurrency: BLOCKS_AT_ONCE },
  );
  const after = listings.map((listing, license) => {
    const more = gathered.get(license);
    return more ? advance(listing, more, session) : listing;
  });
  return runs.replace({ ...run, listings: after, failures: 0, updatedAt: now() });
}

function advance(listing: Listing, more: Gathered, session: number): Listing {
  const { next: _before, ...rest } = listing;
  return {
    ...rest,
    pages: listing.pages + more.pages,
    rows: listing.rows + more.rows,
    bytes: listing.bytes + more.block.bytes().length,
    ...(more.odd > 0 && { odd: (listing.odd ?? 0) + more.odd }),
    ...(more.counted !== undefined && { counted: more.counted }),
    ...(more.next !== undefined && { next: more.next }),
    isDone: more.isDone,
    ...(more.failure !== undefined && { failure: more.failure }),
    blocks: addBlocks(listing.blocks, session, Number(more.rows > 0)),
  };
}
