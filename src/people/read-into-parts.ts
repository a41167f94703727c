import { orFailure, WebexFailure } from '../webex/errors/failure.ts';
import type { Page } from '../webex/paging.ts';
import { type SnapshotPerson, toAddressLines } from './person.ts';
import type { PeopleStore } from './ports.ts';
import type { PeopleProgress } from './progress.ts';
import { toPersonSlice, toSlice } from './slices.ts';
import { createPartWriter } from './sorted-parts.ts';

/** A reading that makes parts. */
export interface Reading {
  readonly store: Pick<PeopleStore, 'write'>;
  /** Of the snapshot. */
  readonly folder: string;
  /** Which invocation this is: one that lost its run must not write over the parts of the next. */
  readonly session: number;
  /** Makes durable how far the reading is. @throws where another invocation works on it */
  readonly save: (progress: PeopleProgress) => Promise<void>;
  /** Asked after each page: whether to leave the rest. */
  readonly isOver: () => boolean;
}

export interface Read {
  readonly progress: PeopleProgress;
  /** Why it stopped before the end, where Webex is why: nothing that was read is lost. */
  readonly stoppedBy?: WebexFailure;
}

/** Adds who is on a page. @returns how far the reading is after it */
export type TakePage<T> = (
  page: Page<T>,
  progress: PeopleProgress,
  add: (person: SnapshotPerson) => void,
) => PeopleProgress;

/** So many pages are read again where the process is killed. A page has 1,000 people at most. */
export const PAGES_PER_PART = 25;

/**
 * Reads pages until there are none or it is over, and makes parts of them, each written while the next one is read. How far
 * it is counts only once the part is written.
 */
export async function readIntoParts<T>(
  { store, folder, session, save, isOver }: Reading,
  begun: PeopleProgress,
  pages: AsyncIterator<Page<T>, void>,
  take: TakePage<T>,
): Promise<Read> {
  const part = createPartWriter(store);
  let [progress, kept, inPart] = [begun, begun, 0];
  let writing: Promise<void> = Promise.resolve();
  const add = (person: SnapshotPerson) => {
    part.add(toPersonSlice(person.id), 'people', person);
    for (const line of toAddressLines(person)) part.add(toSlice(line.email), 'addresses', line);
  };
  const keep = async (read: PeopleProgress) => {
    const { parts } = kept;
    const more = await part.write(`${folder}/parts/${read.restarts}-${session}-${parts.length}.ndjson`);
    kept = { ...read, parts: more ? [...parts, more] : parts };
    await save(kept);
  };
  const write = async () => {
    await writing;
    writing = keep(progress);
    // It is thrown to the next one who waits for it.
    writing.catch(() => undefined);
    inPart = 0;
  };

  let stoppedBy: WebexFailure | undefined;
  for (;;) {
    const page = await orFailure(pages.next());
    if (page instanceof WebexFailure) {
      stoppedBy = page;
      break;
    }
    if (page.done) break;
    progress = take(page.value, progress, add);
    inPart += 1;
    if (isOver()) break;
    if (inPart === PAGES_PER_PART) await write();
  }
  if (inPart > 0) await write();
  await writing;
  return { progress: kept, ...(stoppedBy && { stoppedBy }) };
}
