import type { PeopleStore } from './ports.ts';
import type { Part, PeopleProgress } from './progress.ts';
import { createCollector, type Packed, type ToSlice } from './slices.ts';

/** A reading that makes parts. */
export interface Reading {
  readonly store: Pick<PeopleStore, 'write'>;
  readonly toSlice: ToSlice;
  /** Of the snapshot. */
  readonly folder: string;
  /** Which invocation this is: one that lost its run must not write over the parts of the next. */
  readonly session: number;
  /** Makes durable how far the reading is. @throws where another invocation works on it */
  readonly save: (progress: PeopleProgress) => Promise<void>;
  /** Asked after each page: whether to leave the rest for later. */
  readonly isOver: () => boolean;
}

/** So many pages are read again where the process is killed. A page has 1,000 people at most. */
export const PAGES_PER_PART = 25;

/** Makes parts of what is read, each written while the next one is read. */
export function createPartWriter(
  { store, toSlice, folder, session, save }: Omit<Reading, 'isOver'>,
  begun: PeopleProgress,
) {
  const collector = createCollector(toSlice);
  let kept = begun;
  let writing: Promise<void> = Promise.resolve();

  async function keep({ rows, bytes, offsets }: Packed, progress: PeopleProgress): Promise<void> {
    const parts: Part[] = [...kept.parts];
    if (rows > 0) {
      const path = `${folder}/parts/${progress.restarts}-${session}-${parts.length}.ndjson.gz`;
      await store.write(path, bytes);
      parts.push({ path, rows, offsets: [...offsets] });
    }
    kept = { ...progress, parts };
    await save(kept);
  }

  return {
    add: collector.add,
    /**
     * Makes a part of what was added, and then has it written down how far the reading is. Waits until the part before
     * is, and not for this one. @throws what writing that one threw
     */
    async write(progress: PeopleProgress): Promise<void> {
      await writing;
      writing = keep(await collector.pack(), progress);
      // It is thrown to the next call.
      writing.catch(() => undefined);
    },
    /** Until all is durable. @returns how far the reading is then */
    async end(): Promise<PeopleProgress> {
      await writing;
      return kept;
    },
  };
}
