import type { WebexLicenses } from '../webex/client.ts';
import { LISTING_UNREADABLE } from '../webex/paging.ts';
import { toOutsidePerson } from './person.ts';
import type { OutsideProgress, PeopleProgress } from './progress.ts';
import { type Read, type Reading, readIntoParts } from './read-into-parts.ts';

/** A license with fewer holders in the list of people than the catalogue counts. */
export interface ShortLicense {
  readonly id: string;
  /** Its place in the catalogue. */
  readonly license: number;
  readonly missing: number;
}

type PagesOf = WebexLicenses['assignedUserPages'];

/**
 * Reads the holders of licenses for those from outside the organization, whom the list of people does not have: license
 * after license, each until as many are found as are missing.
 */
export async function listOutside(
  pagesOf: PagesOf,
  reading: Reading,
  begun: PeopleProgress,
  short: readonly ShortLicense[],
): Promise<Read> {
  let read: Read = { progress: begun };
  for (const license of short) {
    if (read.stoppedBy || reading.isOver()) break;
    read = await listOutsideOf(pagesOf, reading, read.progress, license);
  }
  return read;
}

async function listOutsideOf(
  pagesOf: PagesOf,
  reading: Reading,
  begun: PeopleProgress,
  { id, license, missing }: ShortLicense,
): Promise<Read> {
  const before = begun.outside.find((one) => one.license === license);
  let at: OutsideProgress = before ?? { license, pages: 0, found: 0, isDone: false };
  const moveTo = (progress: PeopleProgress, next: Partial<OutsideProgress>): PeopleProgress => {
    at = { ...at, ...next };
    return { ...progress, outside: [...progress.outside.filter((one) => one.license !== license), at] };
  };
  const untilDone = { ...reading, isOver: () => at.isDone || reading.isOver() };

  const read = await readIntoParts(
    untilDone,
    begun,
    pagesOf(id, { from: at.next }),
    ({ items, next }, progress, add) => {
      const outside = items.filter(({ type }) => type?.toUpperCase() === 'EXTERNAL');
      for (const user of outside) add(toOutsidePerson(user, license));
      const found = at.found + outside.length;
      const isDone = next === undefined || found >= missing;
      return moveTo(progress, { pages: at.pages + 1, found, next, isDone });
    },
  );
  const { stoppedBy } = read;
  if (!(stoppedBy?.isRefusal || stoppedBy?.condition === LISTING_UNREADABLE)) return read;
  // Who is missing stays unknown, and that is said.
  const progress = moveTo(read.progress, { isDone: true, failure: stoppedBy.message });
  await reading.save(progress);
  return { progress };
}
