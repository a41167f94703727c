import pMap from 'p-map';
import { toBlockName } from './assignment-rows.ts';
import type { AssignmentStore, RunStore } from './ports.ts';
import type { Listing, StoredRun } from './run.ts';

/** What one page adds to the listing of a license. */
export interface ReadPage {
  /** A gzip member. */
  readonly member: Buffer;
  readonly rows: number;
  readonly next: string | undefined;
}

export interface Journal {
  /** Takes a page. @throws what storage, or losing the run, threw */
  add(license: number, page: ReadPage): void;
  /** The license cannot be read further: what is missing is named. @throws as `add` */
  fail(license: number, failure: string): void;
  /** Resolves when there is room for the next page. @throws as `add` */
  room(): Promise<void>;
  /** Until all is durable. @returns the run as it is stored then */
  end(): Promise<StoredRun>;
}

interface Gathered {
  readonly members: Buffer[];
  pages: number;
  rows: number;
  next: string | undefined;
  isDone: boolean;
  failure?: string;
}

interface Deps {
  readonly runs: Pick<RunStore, 'replace'>;
  readonly assignments: Pick<AssignmentStore, 'stage'>;
  readonly path: string;
  readonly now: () => Date;
}

/** So many pages may wait for a checkpoint; whoever reads more waits for it. */
const MAX_WAITING_PAGES = 32;
const BLOCKS_AT_ONCE = 4;

/**
 * Makes durable what is read, while reading goes on: all that has come since the last checkpoint is the next one.
 * At Webex's pace that is a page or two, and where pages come faster than storage takes them, many. A checkpoint
 * stages a block for each license that got on, and writes down where to go on; what is not written down is read
 * again, and its blocks are never committed.
 */
export function openJournal(begun: StoredRun, { runs, assignments, path, now }: Deps): Journal {
  let run = begun;
  let gathered = new Map<number, Gathered>();
  let waitingPages = 0;
  let writing: Promise<void> | undefined;
  let broken: { readonly error: unknown } | undefined;

  function gather(license: number): Gathered {
    const there = gathered.get(license);
    if (there) return there;
    const fresh = { members: [], pages: 0, rows: 0, next: undefined, isDone: false };
    gathered.set(license, fresh);
    return fresh;
  }

  /** Checkpoints, one after another, until nothing waits. */
  async function write(): Promise<void> {
    try {
      while (gathered.size > 0) {
        const taken = gathered;
        gathered = new Map();
        waitingPages = 0;
        await checkpoint(taken);
      }
    } catch (error) {
      broken = { error };
    } finally {
      writing = undefined;
    }
  }

  async function checkpoint(taken: ReadonlyMap<number, Gathered>): Promise<void> {
    const { session, listings = [] } = run;
    await pMap(
      taken,
      async ([license, { members, rows }]) => {
        if (rows === 0) return;
        const name = toBlockName(license, session, countOf(listings[license], session));
        await assignments.stage(path, name, Buffer.concat(members));
      },
      { concurrency: BLOCKS_AT_ONCE },
    );
    const after = listings.map((listing, license) => {
      const more = taken.get(license);
      return more ? advance(listing, more, session) : listing;
    });
    run = await runs.replace({ ...run, listings: after, failures: 0, updatedAt: now() });
  }

  function throwIfBroken(): void {
    if (broken) throw broken.error;
  }

  function push(): void {
    throwIfBroken();
    writing ??= write();
  }

  return {
    add(license, { member, rows, next }) {
      const to = gather(license);
      if (rows > 0) to.members.push(member);
      to.pages += 1;
      to.rows += rows;
      to.next = next;
      to.isDone = next === undefined;
      waitingPages += 1;
      push();
    },

    fail(license, failure) {
      Object.assign(gather(license), { failure, isDone: true });
      push();
    },

    async room() {
      if (waitingPages >= MAX_WAITING_PAGES) await writing;
      throwIfBroken();
    },

    async end() {
      await writing;
      throwIfBroken();
      return run;
    },
  };
}

const countOf = (listing: Listing | undefined, session: number): number =>
  listing?.blocks.find(([of]) => of === session)?.[1] ?? 0;

function advance(listing: Listing, more: Gathered, session: number): Listing {
  const count = countOf(listing, session) + Number(more.rows > 0);
  const others = listing.blocks.filter(([of]) => of !== session);
  const { next: _before, ...rest } = listing;
  return {
    ...rest,
    pages: listing.pages + more.pages,
    rows: listing.rows + more.rows,
    ...(more.next !== undefined && { next: more.next }),
    isDone: more.isDone,
    ...(more.failure !== undefined && { failure: more.failure }),
    blocks: count === 0 ? others : [...others, [session, count]],
  };
}
