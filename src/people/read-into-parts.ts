import type { Page } from '../webex/paging.ts';
import { type SnapshotPerson, toAddressLines } from './person.ts';
import type { PeopleStore } from './ports.ts';
import { countPerson, type PeopleProgress } from './progress.ts';
import { toPersonSlice, toSlice } from './slices.ts';
import { createPartWriter } from './sorted-parts.ts';

/** A reading that makes parts. */
export interface Reading {
  readonly store: Pick<PeopleStore, 'write'>;
  /** Of the snapshot. */
  readonly folder: string;
  /** Which invocation this is: one that lost its run must not write over the parts of the next. */
  readonly session: number;
  /** How far the reading is, as it was saved last. */
  readonly progress: () => PeopleProgress;
  /** @throws where another invocation works on it */
  readonly save: (progress: PeopleProgress) => Promise<void>;
  /** Asked after each page: whether to leave the rest. */
  readonly isOver: () => boolean;
}

/** So many pages are read again where the process is killed. A page has 1,000 people at most. */
export const PAGES_PER_PART = 25;

/**
 * Reads pages until there are none or it is over, and makes parts of them, each written while the next one is read. How far
 * it is counts only once the part is written.
 * @param take adds who is on a page, and says how far the reading is after it
 * @throws {WebexFailure} once all that was read before is saved
 */
export async function readIntoParts<T>(
  { store, folder, session, isOver, ...reading }: Reading,
  pages: AsyncIterator<Page<T>, void>,
  take: (page: Page<T>, progress: PeopleProgress, add: (person: SnapshotPerson) => void) => PeopleProgress,
): Promise<void> {
  const part = createPartWriter(store);
  let [progress, inPart] = [reading.progress(), 0];
  const totals = structuredClone(progress.totals);
  let writing: Promise<void> = Promise.resolve();
  const add = (person: SnapshotPerson) => {
    countPerson(totals, person);
    part.add(toPersonSlice(person.id), 'people', person);
    for (const line of toAddressLines(person)) part.add(toSlice(line.email), 'addresses', line);
  };
  const keep = async (read: PeopleProgress) => {
    const { parts } = reading.progress();
    const more = await part.write(`${folder}/parts/${read.restarts}-${session}-${parts.length}.ndjson`);
    await reading.save({ ...read, parts: more ? [...parts, more] : parts });
  };
  const write = async () => {
    await writing;
    writing = keep({ ...progress, totals: structuredClone(totals) });
    // It is thrown to the next one who waits for it.
    writing.catch(() => undefined);
    inPart = 0;
  };

  try {
    for (let page = await pages.next(); !page.done; page = await pages.next()) {
      progress = take(page.value, progress, add);
      inPart += 1;
      if (isOver()) break;
      if (inPart === PAGES_PER_PART) await write();
    }
  } finally {
    if (inPart > 0) await write();
    await writing;
  }
}
